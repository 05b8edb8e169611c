import type { WriteStream } from 'node:tty'

/** Where the story is told: lines that stay, and below them a picture of now. */
export interface Screen {
  /** A line that stays. */
  say(line: string): void
  /** What is now. `short` says the same in one line. */
  show(picture: readonly string[], short: string): void
  /** The picture is over; what is said from now on comes below it. */
  finish(): void
}

export function openScreen(out: WriteStream): Screen {
  return out.isTTY ? new LiveScreen(out) : new PlainScreen(out)
}

/** A terminal: the picture is drawn again in place. */
class LiveScreen implements Screen {
  readonly #out: WriteStream
  #picture: readonly string[] = []

  constructor(out: WriteStream) {
    this.#out = out
  }

  say(line: string): void {
    this.#draw([line], this.#picture)
  }

  show(picture: readonly string[]): void {
    this.#draw([], picture)
  }

  finish(): void {
    this.#picture = []
  }

  #draw(lines: readonly string[], picture: readonly string[]): void {
    const up = this.#picture.length === 0 ? '' : `\u001b[${this.#picture.length}A\u001b[0J`
    // A line that wraps would take two rows, and the next picture would start too low.
    const fitting = picture.map((line) => line.slice(0, (this.#out.columns || 80) - 1))
    this.#out.write(up + [...lines, ...fitting].map((line) => `${line}\n`).join(''))
    this.#picture = picture
  }
}

/** A pipe or a log: a line about once a second. */
class PlainScreen implements Screen {
  readonly #out: WriteStream
  #next = 0

  constructor(out: WriteStream) {
    this.#out = out
  }

  say(line: string): void {
    this.#out.write(`${line}\n`)
  }

  show(_picture: readonly string[], short: string): void {
    if (performance.now() < this.#next) return
    this.#next = performance.now() + 1000
    this.#out.write(`${short}\n`)
  }

  finish(): void {
    this.#next = 0
  }
}
