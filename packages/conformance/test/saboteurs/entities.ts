import { MqError, type Target } from '@anymq/core/driver'
import type { Saboteur } from './saboteur.ts'

function withoutNamespace(address: string): string {
  return address.includes('.') ? address.slice(address.indexOf('.') + 1) : address
}

/** Some places are elsewhere. */
function placing(name: string, place: (target: Target) => Target): Saboteur {
  return { name, seam: () => ({ place }) }
}

const mergesNamespaces = placing('takes-all-namespaces-for-one', (target) => ({
  ...target,
  address: withoutNamespace(target.address),
  of: target.of && withoutNamespace(target.of),
}))

/** Every queue is in one place, so is every dead-letter queue. */
const mergesQueues = placing('takes-all-queues-for-one', (target) =>
  target.kind === 'queue'
    ? { ...target, address: target.role === 'dead' ? 'all.dead' : 'all', fingerprint: '' }
    : target,
)

/** A group's copies reach whoever comes first. */
const mergesGroups = placing('takes-all-groups-for-one', (target) =>
  target.role === 'main' && target.of !== undefined
    ? { ...target, address: `${target.of}.g-all`, fingerprint: '' }
    : target,
)

const mergesDead = placing('keeps-one-dead-letter-queue-for-all-sources', (target) =>
  target.role === 'dead'
    ? { ...target, address: `${target.address.split('.', 1)[0]}.all.dead`, fingerprint: '' }
    : target,
)

const mergesDeadOfGroups = placing('keeps-one-dead-letter-queue-for-all-groups-of-a-topic', (target) =>
  target.role === 'dead'
    ? { ...target, address: target.address.replace(/\.g-[^.]+\.dead$/, '.g-all.dead'), fingerprint: '' }
    : target,
)

const keepsNoOrder = placing('takes-an-ordered-queue-for-a-plain-one', (target) => ({ ...target, ordered: false }))

const createsAlways: Saboteur = {
  name: 'creates-what-it-should-verify',
  seam: () => ({ ensure: (_, mode, next) => next(mode === 'verify' ? 'create' : mode) }),
}

const seesNoDifference: Saboteur = {
  name: 'sees-no-difference',
  seam: () => ({ ensure: (_, mode, next) => next(mode === 'create' ? 'replace' : mode).catch(() => ({})) }),
}

const createsNothing: Saboteur = {
  name: 'says-that-it-created',
  seam: () => ({
    ensure: async (target, _, next) => (target.role === 'dead' ? { created: true } : next('create')),
  }),
}

const refusesSecond: Saboteur = {
  name: 'refuses-what-is-there-already',
  seam: () => ({
    ensure: async (target, mode, next) => {
      const ensured = await next(mode)
      if (mode !== 'create' || ensured.created === true) return ensured
      throw new MqError('MQ_MISMATCH', `"${target.address}" exists already`)
    },
  }),
}

const purgesNothing: Saboteur = { name: 'purges-nothing', seam: () => ({ purge: () => Promise.resolve() }) }

const removesNothing: Saboteur = { name: 'removes-nothing', seam: () => ({ remove: () => Promise.resolve() }) }

const inventsNumbers: Saboteur = {
  name: 'makes-up-its-numbers',
  seam: () => ({
    stats: async ({ role }, next) => (role === 'dead' ? next() : { ready: 777, delayed: 555, leased: 333, oldest: 1 }),
  }),
}

const miscounts: Saboteur = {
  name: 'tells-that-everything-is-empty',
  seam: () => ({ stats: () => Promise.resolve({ ready: 0, leased: 0, delayed: 0, oldest: undefined }) }),
}

/** What goes wrong with places on the broker. */
export const entities: readonly Saboteur[] = [
  mergesNamespaces,
  mergesQueues,
  mergesGroups,
  mergesDead,
  mergesDeadOfGroups,
  keepsNoOrder,
  createsAlways,
  seesNoDifference,
  createsNothing,
  refusesSecond,
  purgesNothing,
  removesNothing,
  inventsNumbers,
  miscounts,
]
