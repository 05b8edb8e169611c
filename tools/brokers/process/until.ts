import { setTimeout as sleep } from 'node:timers/promises'

export interface UntilOptions {
  /** The limit in milliseconds. */
  readonly within: number
  /** Milliseconds between two looks. Default 50. */
  readonly every?: number
  /** What was waited for, to end the sentence "gave up waiting until …". */
  readonly what: string
}

/** Look until it is so. What `look` throws ends the waiting. Rejects at the limit. */
export async function until(
  look: () => boolean | Promise<boolean>,
  { within, every = 50, what }: UntilOptions,
): Promise<void> {
  const end = performance.now() + within
  while (!(await look())) {
    if (performance.now() > end) throw new Error(`After ${within} ms gave up waiting until ${what}.`)
    await sleep(every)
  }
}
