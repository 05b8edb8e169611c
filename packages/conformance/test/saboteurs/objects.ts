import { MqError, type Broker, type DeadLetters, type RedriveResult } from '@anymq/core'
import { disguised, withMessages } from './disguise.ts'
import type { Saboteur } from './saboteur.ts'

async function whatever(work: Promise<unknown>): Promise<void> {
  await work.catch(() => undefined)
}

const settlesAgain: Saboteur = {
  name: 'settles-again-in-silence',
  disguise: withMessages((message) =>
    disguised(message, {
      ack: () => whatever(message.ack()),
      retry: (options) => whatever(message.retry(options)),
      deadLetter: (why) => whatever(message.deadLetter(why)),
      defer: (after) => whatever(message.defer(after)),
    }),
  ),
}

const neverAborts: Saboteur = {
  name: 'never-aborts-a-signal',
  disguise: withMessages((message) => disguised(message, { signal: new AbortController().signal })),
}

const acksFirst: Saboteur = {
  name: 'acks-before-the-handler',
  disguise: withMessages((message) => {
    void message.ack().catch(() => undefined)
    return message
  }),
}

const rejectsRetries: Saboteur = {
  name: 'takes-a-retry-for-a-dead-letter',
  disguise: withMessages((message) => disguised(message, { retry: () => message.deadLetter('retried') })),
}

const retriesRejected: Saboteur = {
  name: 'takes-a-dead-letter-for-a-retry',
  disguise: withMessages((message) => disguised(message, { deadLetter: () => message.retry() })),
}

const countsDeferred: Saboteur = {
  name: 'takes-a-defer-for-a-retry',
  disguise: withMessages((message) => disguised(message, { defer: (after) => message.retry({ after }) })),
}

const oneAttempt: Saboteur = {
  name: 'says-that-it-is-always-the-first-attempt',
  disguise: withMessages((message) => disguised(message, { attempt: 1 })),
}

const refusesNoExtension: Saboteur = {
  name: 'extends-by-whatever-is-asked',
  disguise: withMessages((message) => disguised(message, { extend: (by) => whatever(message.extend(by)) })),
}

const extendsForNobody: Saboteur = {
  name: 'extends-nothing-for-the-user',
  disguise: withMessages((message) => disguised(message, { extend: () => Promise.resolve() })),
}

const closesAtOnce: Saboteur = {
  name: 'closes-before-its-work-is-done',
  disguise: (broker) => disguised(broker, { close: async () => void whatever(broker.close({ timeout: 0 })) }),
}

const closesNever: Saboteur = {
  name: 'says-closed-and-is-not',
  disguise: (broker) => {
    let calls = 0
    return disguised(broker, { close: async (options) => (calls++ === 0 ? undefined : broker.close(options)) })
  },
}

const closesOnce: Saboteur = {
  name: 'cannot-be-closed-twice',
  disguise: (broker) => {
    let isClosed = false
    return disguised(broker, {
      close: async (options) => {
        if (isClosed) throw new MqError('MQ_CLOSED', 'closed already')
        isClosed = true
        await broker.close(options)
      },
    })
  },
}

const sendsInVain: Saboteur = {
  name: 'says-sent-whatever-happens',
  disguise: (broker) =>
    disguised(broker, {
      send: (to, body, options) => broker.send(to, body, options).catch(() => options?.id ?? 'sent'),
    }),
}

const losesCodes: Saboteur = {
  name: 'throws-plain-errors',
  disguise: (broker) =>
    disguised(broker, {
      send: async (to, body, options) => {
        try {
          return await broker.send(to, body, options)
        } catch (error) {
          throw new Error(String(error), { cause: error })
        }
      },
    }),
}

const alwaysWell: Saboteur = {
  name: 'is-always-well',
  disguise: (broker) => disguised(broker, { health: () => ({ ...broker.health(), status: 'up', reasons: [] }) }),
}

const hidesNative: Saboteur = {
  name: 'hides-the-client',
  disguise: (broker) => disguised(broker, { native: undefined }),
}

/** A broker object whose dead letters are disguised. */
function withDeadLetters(
  name: string,
  disguise: <In, Out>(letters: DeadLetters<In, Out>) => DeadLetters<In, Out>,
): Saboteur {
  return {
    name,
    disguise: (broker: Broker) => disguised(broker, { deadLetters: (source) => disguise(broker.deadLetters(source)) }),
  }
}

function without<T extends object>(options: T = {} as T, ...names: readonly (keyof T)[]): T {
  return Object.fromEntries(Object.entries(options).filter(([name]) => !names.includes(name as keyof T))) as T
}

async function oneMore(result: Promise<RedriveResult>): Promise<RedriveResult> {
  const { moved, kept, ...rest } = await result
  return { ...rest, moved: moved + 1, kept: kept + 1 }
}

const redrivesAll = withDeadLetters('redrives-more-than-was-chosen', (letters) =>
  disguised(letters, { redrive: (options) => letters.redrive(without(options, 'ids', 'where', 'limit')) }),
)
const redrivesNothing = withDeadLetters('redrives-nothing', (letters) =>
  disguised(letters, { redrive: (options) => letters.redrive({ ...options, dryRun: true }) }),
)
const redrivesAtOnce = withDeadLetters('redrives-at-no-rate', (letters) =>
  disguised(letters, { redrive: (options) => letters.redrive(without(options, 'rate')) }),
)
const repairsNothing = withDeadLetters('repairs-nothing', (letters) =>
  disguised(letters, { redrive: (options) => letters.redrive(without(options, 'map')) }),
)
const cannotBeStopped = withDeadLetters('cannot-be-interrupted', (letters) =>
  disguised(letters, { redrive: (options) => letters.redrive(without(options, 'signal')) }),
)
const miscountsRedriven = withDeadLetters('miscounts-what-it-redrives', (letters) =>
  disguised(letters, { redrive: (options) => oneMore(letters.redrive(options)) }),
)
const peeksDestructively = withDeadLetters('loses-what-it-peeks-at', (letters) =>
  disguised(letters, {
    peek: async (options) => {
      const seen = await letters.peek(options)
      if (seen.length > 0) await letters.discard({ ids: seen.map(({ id }) => id) })
      return seen
    },
  }),
)
const discardsAll = withDeadLetters('discards-more-than-was-chosen', (letters) =>
  disguised(letters, { discard: () => letters.discard({ where: () => true }) }),
)
const miscountsDead = withDeadLetters('miscounts-dead-letters', (letters) =>
  disguised(letters, { count: async () => (await letters.count()) + 1 }),
)

/** What goes wrong with the objects that a user has in hand. */
export const objects: readonly Saboteur[] = [
  settlesAgain,
  neverAborts,
  acksFirst,
  rejectsRetries,
  retriesRejected,
  countsDeferred,
  oneAttempt,
  refusesNoExtension,
  extendsForNobody,
  closesAtOnce,
  closesNever,
  closesOnce,
  sendsInVain,
  losesCodes,
  alwaysWell,
  hidesNative,
  redrivesAll,
  redrivesNothing,
  redrivesAtOnce,
  repairsNothing,
  cannotBeStopped,
  miscountsRedriven,
  peeksDestructively,
  discardsAll,
  miscountsDead,
]
