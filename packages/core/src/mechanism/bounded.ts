import type { Clock } from './clock.ts'

/** Wait for a promise that never rejects, but not longer than `ms`. */
export function bounded(promise: Promise<unknown>, clock: Clock, ms: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = clock.setTimer(resolve, ms)
    void promise.then(() => {
      timer.cancel()
      resolve()
    })
  })
}

/** What is left of `timeout` milliseconds that begin now, at any later moment: several steps share one deadline. */
export function timeLeft(clock: Clock, timeout: number): () => number {
  const end = clock.monotonic() + timeout
  return () => Math.max(0, end - clock.monotonic())
}
