import { MqError } from '@anymq/core/driver'
import type { Saboteur } from './saboteur.ts'

const mergesNamespaces: Saboteur = {
  name: 'takes-all-namespaces-for-one',
  seam: () => ({
    place: (target) => ({
      ...target,
      address: withoutNamespace(target.address),
      of: target.of && withoutNamespace(target.of),
    }),
  }),
}

function withoutNamespace(address: string): string {
  return address.includes('.') ? address.slice(address.indexOf('.') + 1) : address
}

/** Every queue is in one place, so is every dead-letter queue. */
const mergesQueues: Saboteur = {
  name: 'takes-all-queues-for-one',
  seam: () => ({
    place: (target) =>
      target.kind === 'queue'
        ? { ...target, address: target.role === 'dead' ? 'all.dead' : 'all', fingerprint: '' }
        : target,
  }),
}

/** A group's copies reach whoever comes first. */
const mergesGroups: Saboteur = {
  name: 'takes-all-groups-for-one',
  seam: () => ({
    place: (target) =>
      target.role === 'main' && target.of !== undefined
        ? { ...target, address: `${target.of}.g-all`, fingerprint: '' }
        : target,
  }),
}

const keepsNoOrder: Saboteur = {
  name: 'takes-an-ordered-queue-for-a-plain-one',
  seam: () => ({ place: (target) => ({ ...target, ordered: false }) }),
}

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

const miscounts: Saboteur = {
  name: 'tells-that-everything-is-empty',
  seam: () => ({ stats: () => Promise.resolve({ ready: 0, leased: 0, delayed: 0, oldest: undefined }) }),
}

/** What goes wrong with places on the broker. */
export const entities: readonly Saboteur[] = [
  mergesNamespaces,
  mergesQueues,
  mergesGroups,
  keepsNoOrder,
  createsAlways,
  seesNoDifference,
  createsNothing,
  refusesSecond,
  purgesNothing,
  removesNothing,
  miscounts,
]
