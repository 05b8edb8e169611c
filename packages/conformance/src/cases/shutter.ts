import type { BatchResult, Settlement } from '@anymq/core/driver'
import type { Seam } from '../seam/seam.ts'

/** The dead-letter queue takes nothing as long as it is shut, however letters get there. */
export class Shutter {
  isShut = true
  /** Letters that were refused. */
  refusals = 0
  readonly #onRefusal: (what: string) => void

  constructor(onRefusal: (what: string) => void) {
    this.#onRefusal = onRefusal
  }

  readonly seam: Seam = {
    send: async (target, batch, next) =>
      this.isShut && target.role === 'dead' ? this.#refused(batch.map((_, index) => index)) : next(batch),
    settle: async (_, batch, next) => {
      const dead = batch.flatMap((one, index) => (this.isShut && isDead(one) ? [index] : []))
      if (dead.length === 0) return next(batch)
      await next(batch.filter((one) => !isDead(one)))
      return this.#refused(dead)
    },
  }

  #refused(indexes: readonly number[]): BatchResult {
    this.refusals += indexes.length
    this.#onRefusal('the dead-letter queue took nothing')
    const failure = { code: 'MQ_THROTTLED', retryable: true, outcome: 'not-sent', message: 'it is full' } as const
    return { failed: indexes.map((index) => ({ index, failure })) }
  }
}

function isDead(settlement: Settlement<unknown>): boolean {
  return settlement.action === 'move' && settlement.to.role === 'dead'
}
