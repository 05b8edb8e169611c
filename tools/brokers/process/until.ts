import { setTimeout as sleep } from 'node:timers/promises'

export interface UntilOptions {
  /** The limit in milliseconds. */
  readonly within: number
  /** Milliseconds between two looks. Default 50. */
  readonly every?: number
  /** What was waited for, to end the sentence "gave up waiting until …". */
  readonly what: string
  /** Take what `look` throws for "not yet", and tell the last of it at the limit. Default false: it ends the waiting. */
  readonly retry?: boolean
}

/** Look until it is so. Rejects at the limit. */
export async function until(look: () => boolean | Promise<boolean>, options: UntilOptions): Promise<void> {
  const { within, every = 50, what, retry = false } = options
  const end = performance.now() + within
  let last: unknown
  const isSo = async () => {
    try {
      return await look()
    } catch (error) {
      if (!retry) throw error
      last = error
      return false
    }
  }
  while (!(await isSo())) {
    if (performance.now() > end) throw new Error(`After ${within} ms gave up waiting until ${what}.`, { cause: last })
    await sleep(every)
  }
}
