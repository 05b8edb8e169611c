/** The harness cannot do what a case needs: the case proves nothing here, and nothing is wrong. */
export class Lack extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'Lack'
  }
}
