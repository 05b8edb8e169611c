/** Everybody who wants to know; one listener serves all, however many cases run at once. */
const watching = new Set<string[]>()

function tell(reason: unknown): void {
  for (const seen of watching) seen.push(String(reason))
}

/** Rejections that nobody handles, while cases run: the library raises none (`error.none-unhandled`). */
export class UnhandledRejections {
  readonly #seen: string[] = []

  constructor() {
    if (watching.size === 0) process.on('unhandledRejection', tell)
    watching.add(this.#seen)
  }

  /** What was seen. Node reports a rejection only after the turn in which it was left alone. */
  async end(): Promise<readonly string[]> {
    await new Promise((resolve) => setImmediate(resolve))
    watching.delete(this.#seen)
    if (watching.size === 0) process.off('unhandledRejection', tell)
    return this.#seen
  }
}
