import { fixed, type ConsumerOptions } from '@anymq/core'
import { disguised, withConsumers, withPolicy } from './disguise.ts'
import type { Saboteur } from './saboteur.ts'

/** Another retry policy than the one that was asked for. */
function retrying(name: string, change: (attempts: number) => ConsumerOptions['retry']): Saboteur {
  const disguise = withPolicy((options, { policy }) => {
    const { attempts, backoff, when, crashes } = policy
    const asked = { attempts, backoff, crashes, ...(when !== undefined && { when }), ...options.retry }
    return { ...options, retry: { ...asked, ...change(asked.attempts) } }
  })
  return { name, disguise }
}

const oneAttemptMore = retrying('tries-once-more', (attempts) => ({ attempts: attempts + 1 }))
const oneAttempt = retrying('tries-only-once', () => ({ attempts: 1 }))
const neverGivesUp = retrying('never-gives-up', (attempts) => ({ attempts: attempts + 100 }))
const noBackoff = retrying('waits-for-no-backoff', () => ({ backoff: fixed(0) }))
const retriesAll = retrying('retries-what-cannot-succeed', () => ({ when: () => true }))
const retriesNone = retrying('retries-no-error', () => ({ when: () => false }))

const dropsDead: Saboteur = {
  name: 'drops-what-is-dead',
  disguise: withPolicy((options) => ({ ...options, deadLetter: 'drop' })),
}

const keepsInvalid: Saboteur = {
  name: 'retries-what-is-invalid',
  disguise: withPolicy((options) => ({ ...options, onInvalid: 'retry' })),
}

const neverTimesOut: Saboteur = {
  name: 'never-times-out',
  disguise: withPolicy((options) => ({ ...options, timeout: '1h' })),
}

const timesOutEarly: Saboteur = {
  name: 'times-out-early',
  disguise: withPolicy((options) => ({ ...options, timeout: 20 })),
}

const shortLeases: Saboteur = {
  name: 'has-leases-of-an-hour',
  disguise: withPolicy((options) => ({ ...options, lease: '1h' })),
}

const oneMoreAtOnce: Saboteur = {
  name: 'runs-more-at-once',
  disguise: withConsumers((consumer) =>
    disguised(consumer, {
      subscribe: (handler, options) => consumer.subscribe(handler, { ...options, concurrency: 50 }),
    }),
  ),
}

const oneAtATime: Saboteur = {
  name: 'runs-one-at-a-time',
  disguise: withConsumers((consumer) =>
    disguised(consumer, {
      subscribe: (handler, options) => consumer.subscribe(handler, { ...options, concurrency: 1 }),
    }),
  ),
}

const pullsInVain: Saboteur = {
  name: 'gives-up-pulling-at-once',
  disguise: withConsumers((consumer) =>
    disguised(consumer, { receive: (options) => consumer.receive({ ...options, wait: 0 }) }),
  ),
}

const pullsTooMany: Saboteur = {
  name: 'pulls-more-than-asked',
  disguise: withConsumers((consumer) =>
    disguised(consumer, { receive: (options) => consumer.receive({ ...options, max: 100 }) }),
  ),
}

/** Another policy than the one that was asked for. */
export const policies: readonly Saboteur[] = [
  oneAttemptMore,
  oneAttempt,
  neverGivesUp,
  noBackoff,
  retriesAll,
  retriesNone,
  dropsDead,
  keepsInvalid,
  neverTimesOut,
  timesOutEarly,
  shortLeases,
  oneMoreAtOnce,
  oneAtATime,
  pullsInVain,
  pullsTooMany,
]
