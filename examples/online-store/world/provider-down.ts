const NAME = 'ProviderDown'

/** The payment provider answers nobody. */
export class ProviderDown extends Error {
  constructor() {
    super('503: the payment provider does not answer')
    this.name = NAME
  }
}

/** By its name: an error that comes from another process has lost its class. */
export function isProviderDown(error: unknown): boolean {
  return error instanceof Error && error.name === NAME
}
