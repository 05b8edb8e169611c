/** Everybody who wants to know; one listener serves all, however many cases run at once. */
const watching = new Set<string[]>()

function rejected(reason: unknown): void {
  tell(`a rejection was left unhandled: ${String(reason)}`)
}

function thrown(error: unknown): void {
  tell(`an error was thrown where nobody could catch it: ${String(error)}`)
}

function tell(what: string): void {
  const among = watching.size > 1 ? ` (while ${watching.size} cases ran, each of which may have caused it)` : ''
  for (const seen of watching) seen.push(`${what}${among}`)
}

/** Rejections and errors that nobody handles, while cases run: the library causes none (`error.none-unhandled`). */
export class Strays {
  readonly #seen: string[] = []

  constructor() {
    if (watching.size === 0) process.on('unhandledRejection', rejected).on('uncaughtException', thrown)
    watching.add(this.#seen)
  }

  /** What was seen. Node reports a rejection only after the turn in which it was left alone. */
  async end(): Promise<readonly string[]> {
    await new Promise((resolve) => setImmediate(resolve))
    watching.delete(this.#seen)
    if (watching.size === 0) process.off('unhandledRejection', rejected).off('uncaughtException', thrown)
    return this.#seen
  }
}
