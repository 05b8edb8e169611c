import type { Incoming } from '@anymq/core/driver'
import type { Saboteur } from './saboteur.ts'

/** Changes deliveries on their way to core. */
function changing(name: string, change: (incoming: Incoming<unknown>) => Incoming<unknown>): Saboteur {
  return { name, seam: () => ({ deliver: (_, batch, next) => next(batch.map(change)) }) }
}

const countsFromZero = changing('counts-attempts-from-zero', (incoming) => ({
  ...incoming,
  attempt: incoming.attempt - 1,
}))

const countsDeliveries = changing('takes-deliveries-for-failures', (incoming) => ({
  ...incoming,
  attempt: Math.max(incoming.attempt, incoming.deliveries - 1),
}))

const forgetsFailures = changing('forgets-failures', (incoming) => ({ ...incoming, attempt: 0, note: '' }))

const hidesIds = changing('makes-up-ids', (incoming) => {
  const headers = Object.fromEntries(Object.entries(incoming.headers).filter(([name]) => name !== 'anymq-id'))
  return { ...incoming, headers, id: `made-up-${incoming.id.slice(-6)}-${incoming.deliveries}`, idSource: 'delivery' }
})

const inventsMessages: Saboteur = {
  name: 'delivers-what-nobody-sent',
  seam: () => ({
    deliver: (target, batch, next) => {
      const [first] = batch
      if (first === undefined || target.role === 'dead') return next(batch)
      const id = `${first.id}-again`
      next([...batch, { ...first, receipt: {}, id, headers: { ...first.headers, 'anymq-id': id } }])
    },
  }),
}

/** Not when nothing is wanted at all, or what is given back would come again without a moment in between. */
const ignoresDemand: Saboteur = {
  name: 'ignores-the-window',
  seam: () => ({
    demand: (_, next) => {
      const wanted = next()
      return typeof wanted === 'number' ? wanted + 50 : wanted
    },
  }),
}

const deliversOneOnly: Saboteur = {
  name: 'delivers-one-message-and-falls-silent',
  seam: () => {
    let count = 0
    return {
      deliver: (_, batch, next) => {
        if (count++ === 0) next(batch.slice(0, 1))
      },
    }
  },
}

const deliversLate: Saboteur = {
  name: 'delivers-thirty-seconds-late',
  seam: ({ clock }) => ({
    deliver: (_, batch, next) => {
      const kept = [...batch]
      clock.setTimer(() => next(kept), 30_000)
    },
  }),
}

/** Core is told that leases last as long as the connection, and hears of none that ends. */
const neverRevokes: Saboteur = {
  name: 'never-reports-a-lost-lease',
  seam: () => ({
    deliver: (_, batch, next) => next(batch.map((incoming) => ({ ...incoming, leaseUntil: 0 }))),
    revoke: () => undefined,
  }),
}

const keepsNoOrder: Saboteur = {
  name: 'keeps-no-order',
  seam: () => ({
    deliver: (_, batch, next) => next(batch.toReversed()),
  }),
}

/** What goes wrong with what is delivered. */
export const delivering: readonly Saboteur[] = [
  countsFromZero,
  countsDeliveries,
  forgetsFailures,
  hidesIds,
  inventsMessages,
  ignoresDemand,
  deliversOneOnly,
  deliversLate,
  neverRevokes,
  keepsNoOrder,
]
