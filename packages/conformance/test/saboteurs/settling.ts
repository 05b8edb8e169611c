import type { BatchResult, Settlement } from '@anymq/core/driver'
import type { Saboteur } from './saboteur.ts'

/** Changes settlements; undefined: it is not done, and reported as done. */
function changing(
  name: string,
  change: (settlement: Settlement<unknown>) => Settlement<unknown> | undefined,
): Saboteur {
  return {
    name,
    seam: () => ({
      settle: (_, batch, next) => next(batch.map(change).filter((settlement) => settlement !== undefined)),
    }),
  }
}

const asAck = ({ receipt }: Settlement<unknown>): Settlement<unknown> => ({ receipt, action: 'ack' })

/** Not at once, or it would go round and round without a moment in between. */
const asRelease = ({ receipt }: Settlement<unknown>): Settlement<unknown> => ({
  receipt,
  action: 'release',
  delay: 10_000,
  failed: false,
  attempt: 0,
  note: '',
})

const acksNothing = changing('acks-nothing', (one) => (one.action === 'ack' ? undefined : one))

const acksEarly = changing('takes-a-retry-for-an-ack', (one) =>
  one.action === 'release' && (one.failed || one.delay > 0) ? asAck(one) : one,
)

const requeuesNowhere = changing('requeues-to-nowhere', (one) =>
  one.action === 'release' && !one.failed && one.delay === 0 ? asAck(one) : one,
)

const keepsReleased = changing('keeps-what-it-should-give-back', (one) =>
  one.action === 'release' && !one.failed && one.delay === 0 ? undefined : one,
)

const returnsAcked = changing('gives-back-what-is-acknowledged', (one) => (one.action === 'ack' ? asRelease(one) : one))

const extendsNothing = changing('extends-nothing', (one) => (one.action === 'extend' ? undefined : one))

const losesDead = changing('loses-dead-letters', (one) =>
  one.action === 'move' && one.to.role === 'dead' ? asAck(one) : one,
)

const returnsDead = changing('gives-back-what-is-dead', (one) =>
  one.action === 'move' && one.to.role === 'dead' ? asRelease(one) : one,
)

const countsReleases = changing('counts-a-release-as-a-failure', (one) =>
  one.action === 'release' && !one.failed ? { ...one, failed: true, attempt: one.attempt + 1 } : one,
)

const countsNoFailure = changing('counts-no-failure', (one) =>
  one.action === 'release' && one.failed ? { ...one, attempt: 0, note: '' } : one,
)

/** The receipt before it is settled instead. */
const settlesNeighbour: Saboteur = {
  name: 'settles-a-neighbour',
  seam: () => {
    const held: unknown[] = []
    return {
      deliver: (_, batch, next) => {
        held.push(...batch.map(({ receipt }) => receipt))
        next(batch)
      },
      settle: (_, batch, next) =>
        next(
          batch.map((one) => {
            if (one.action !== 'ack') return one
            const index = held.indexOf(one.receipt)
            const [neighbour = one.receipt] = held.splice(index === 0 ? 1 : index - 1, 1)
            return { ...one, receipt: neighbour }
          }),
        ),
    }
  },
}

const hidesLostLeases: Saboteur = {
  name: 'hides-that-a-lease-was-lost',
  seam: () => ({
    settle: async (_, batch, next): Promise<BatchResult> => {
      const { failed = [], ...result } = await next(batch)
      return { ...result, failed: failed.filter(({ failure }) => failure.code !== 'MQ_LEASE_LOST') }
    },
    revoke: () => undefined,
  }),
}

const reportsFailedSettlement: Saboteur = {
  name: 'says-that-a-settlement-failed',
  seam: () => ({
    settle: async (_, batch, next): Promise<BatchResult> => {
      await next(batch)
      const failure = {
        code: 'MQ_LEASE_LOST',
        retryable: false,
        outcome: 'not-sent',
        message: 'the lease is lost',
      } as const
      return { failed: batch.flatMap(({ action }, index) => (action === 'ack' ? [{ index, failure }] : [])) }
    },
  }),
}

/** What goes wrong with what is settled. */
export const settling: readonly Saboteur[] = [
  acksNothing,
  acksEarly,
  requeuesNowhere,
  keepsReleased,
  returnsAcked,
  extendsNothing,
  losesDead,
  returnsDead,
  countsReleases,
  countsNoFailure,
  settlesNeighbour,
  hidesLostLeases,
  reportsFailedSettlement,
]
