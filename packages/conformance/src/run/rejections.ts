/** Rejections that nobody handles, while cases run: the library raises none (`error.none-unhandled`). */
export class UnhandledRejections {
  readonly #seen: string[] = []
  readonly #listen = (reason: unknown): void => void this.#seen.push(String(reason))

  constructor() {
    process.on('unhandledRejection', this.#listen)
  }

  /** What was seen. Node reports a rejection only after the turn in which it was left alone. */
  async end(): Promise<readonly string[]> {
    await new Promise((resolve) => setImmediate(resolve))
    process.off('unhandledRejection', this.#listen)
    return this.#seen
  }
}
