import { setTimeout as sleep } from 'node:timers/promises'

export interface UntilOptions {
  /** Milliseconds; then it resolves with false. */
  readonly within: number
  /** A number that changes as long as there is hope: with each change the deadline starts again. Default: none. */
  readonly progress?: () => number
  /** Milliseconds between two looks. Default 10. */
  readonly every?: number
}

/** Resolves with true as soon as the condition holds, with false when it still does not at the deadline. */
export async function until(
  condition: () => boolean | Promise<boolean>,
  { within, progress = () => 0, every = 10 }: UntilOptions,
): Promise<boolean> {
  let since = performance.now()
  for (let seen = progress(); !(await condition()); await sleep(every)) {
    const now = progress()
    if (now !== seen) since = performance.now()
    else if (performance.now() - since >= within) return false
    seen = now
  }
  return true
}
