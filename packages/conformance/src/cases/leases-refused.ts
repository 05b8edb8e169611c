import type { BatchResult, Incoming } from '@anymq/core/driver'
import type { Seam } from '../seam/seam.ts'

/** A seam behind which leases are not extended: it is said so, or nobody hears of it until it is too late. */
export class NoExtensions {
  readonly #isSaid: boolean
  /** Leases here end by themselves unless they are extended. */
  isTimed = false
  refused = 0
  readonly #onRefusal: (what: string) => void

  constructor(isSaid: boolean, onRefusal: (what: string) => void) {
    this.#isSaid = isSaid
    this.#onRefusal = onRefusal
  }

  readonly seam: Seam = {
    deliver: (_, batch, next) => {
      this.isTimed ||= batch.some((incoming: Incoming<unknown>) => incoming.leaseUntil !== 0)
      next(batch)
    },
    revoke: (_, _lost, next) => {
      if (this.#isSaid) next()
    },
    settle: async (_, batch, next): Promise<BatchResult> => {
      const extending = batch.flatMap(({ action }, index) => (action === 'extend' ? [index] : []))
      if (extending.length === 0) return next(batch)
      this.refused += extending.length
      this.#onRefusal('a lease was not extended')
      await next(batch.filter(({ action }) => action !== 'extend'))
      if (!this.#isSaid) return {}
      const failure = { code: 'MQ_THROTTLED', retryable: true, outcome: 'not-sent', message: 'not now' } as const
      return { failed: extending.map((index) => ({ index, failure })) }
    },
  }
}
