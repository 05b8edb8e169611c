/** Time since the demo started. */
export class Clock {
  readonly #start = performance.now()

  get seconds(): number {
    return (performance.now() - this.#start) / 1000
  }

  /** Such as ` 3.4 s`. */
  text(): string {
    return `${this.seconds.toFixed(1).padStart(5)} s`
  }
}
