import type { BatchResult, Outgoing, Target } from '@anymq/core/driver'
import type { Send } from '../../src/seam/seam.ts'
import type { Saboteur } from './saboteur.ts'

const DONE: BatchResult = Object.freeze({})

/** Changes what is sent to where users send to. */
function changing(name: string, change: (message: Outgoing) => Outgoing): Saboteur {
  return { name, seam: () => ({ send: (target, batch, next) => next(isForUsers(target) ? batch.map(change) : batch) }) }
}

function isForUsers({ role }: Target): boolean {
  return role === 'main' || role === 'inbox'
}

function withoutHeader(message: Outgoing, name: string): Outgoing {
  const headers = Object.fromEntries(Object.entries(message.headers).filter(([other]) => other !== name))
  return { ...message, headers }
}

/** Says that all went well, whatever becomes of it. */
async function blindly(sent: Promise<BatchResult>): Promise<BatchResult> {
  await sent.catch(() => undefined)
  return DONE
}

const dropsEveryOther: Saboteur = {
  name: 'drops-every-other-message',
  seam: () => {
    let count = 0
    return {
      send: (target, batch, next) => (isForUsers(target) ? next(batch.filter(() => count++ % 2 === 1)) : next(batch)),
    }
  },
}

const dropsLastOfBatch: Saboteur = {
  name: 'drops-the-last-of-a-batch',
  seam: () => ({ send: (_, batch, next) => next(batch.length > 1 ? batch.slice(0, -1) : batch) }),
}

const sendsTwice: Saboteur = {
  name: 'sends-twice',
  seam: () => ({
    send: async (target, batch, next) => {
      const result = await next(batch)
      if (isForUsers(target)) await next(batch.map((message) => ({ ...message, dedupeId: undefined })))
      return result
    },
  }),
}

const reversesBatches: Saboteur = {
  name: 'reverses-batches',
  seam: () => ({ send: (_, batch, next) => next(batch.toReversed()) }),
}

/** The second of two goes first, however they were sent. */
const swapsNeighbours: Saboteur = {
  name: 'swaps-neighbours',
  seam: ({ clock }) => {
    let held: { readonly message: Outgoing; readonly next: Send } | null = null
    const letGo = async (): Promise<void> => {
      const last = held
      held = null
      await last?.next([last.message])
    }
    return {
      send: async (target, batch, next) => {
        if (!isForUsers(target)) return next(batch)
        const all = [...batch]
        if (held === null) held = { message: all.pop()!, next }
        const result = await next(all)
        if (all.length > 0) await letGo()
        else clock.setTimer(() => void letGo().catch(() => undefined), 200)
        return result
      },
    }
  },
}

const confirmsBeforeSending: Saboteur = {
  name: 'confirms-before-it-sends',
  seam: ({ clock }) => ({
    send: async (_, batch, next) => {
      clock.setTimer(() => void next(batch).catch(() => undefined), 300)
      return DONE
    },
  }),
}

const reportsSuccessForFailures: Saboteur = {
  name: 'reports-success-for-what-failed',
  seam: () => ({ send: (_, batch, next) => blindly(next(batch)) }),
}

const reportsFailureForSuccess: Saboteur = {
  name: 'reports-failure-for-what-was-sent',
  seam: () => {
    let count = 0
    const failure = { code: 'MQ_THROTTLED', retryable: true, outcome: 'not-sent', message: 'not now' } as const
    return {
      send: async (target, batch, next) => {
        const result = await next(batch)
        return isForUsers(target) && count++ % 2 === 0 ? { ...result, failed: [{ index: 0, failure }] } : result
      },
    }
  },
}

const losesUnroutable: Saboteur = {
  name: 'swallows-what-reaches-no-queue',
  seam: () => ({
    send: async (_, batch, next) => {
      const { failed } = await next(batch)
      return failed === undefined ? DONE : { failed }
    },
  }),
}

const changesAByte = changing('changes-a-byte', (message) => {
  const body = Uint8Array.from(message.body)
  const last = body.length - 2
  if (last >= 0) body[last] = body[last] === 0x31 ? 0x32 : 0x31
  return { ...message, body }
})

const losesHeaders = changing('loses-a-header', (message) => {
  const own = Object.keys(message.headers).find((name) => !name.startsWith('anymq-') && !name.startsWith('content-'))
  return withoutHeader(message, own ?? 'anymq-type')
})

const changesIds = changing('changes-ids', (message) => {
  const id = `${message.id}x`
  return { ...message, id, headers: { ...message.headers, 'anymq-id': id } }
})

const losesKeys = changing('loses-the-key', (message) => ({ ...withoutHeader(message, 'anymq-key'), key: undefined }))

const oneKeyForAll = changing('has-one-key-for-all', (message) => ({ ...message, key: 'all' }))

const losesLevels = changing('loses-the-level', (message) => ({
  ...withoutHeader(message, 'anymq-level'),
  level: undefined,
}))

const losesExpiry = changing('loses-the-expiry', (message) => withoutHeader(message, 'anymq-expires-at'))

const losesDedupe = changing('notices-no-repeats', (message) => ({ ...message, dedupeId: undefined }))

const deliversAtOnce: Saboteur = {
  name: 'delivers-what-is-delayed-at-once',
  seam: () => ({
    send: (_, batch, next) => next(batch.map((message) => ({ ...message, notBefore: 0 }))),
    settle: (_, batch, next) =>
      next(batch.map((one) => (one.action === 'release' ? { ...one, delay: Math.min(one.delay, 1) } : one))),
  }),
}

const delaysTooLittle: Saboteur = {
  name: 'delays-too-little',
  seam: ({ clock }) => {
    const sooner = (message: Outgoing): Outgoing => {
      const wait = message.notBefore - clock.now()
      return wait > 0 ? { ...message, notBefore: clock.now() + Math.ceil(wait / 2) } : message
    }
    return {
      send: (_, batch, next) => next(batch.map(sooner)),
      settle: (_, batch, next) =>
        next(
          batch.map((one) => {
            if (one.action === 'release') return { ...one, delay: Math.floor(one.delay / 2) }
            return one.action === 'move' ? { ...one, message: sooner(one.message) } : one
          }),
        ),
    }
  },
}

/** What goes wrong with what is sent. */
export const sending: readonly Saboteur[] = [
  dropsEveryOther,
  dropsLastOfBatch,
  sendsTwice,
  reversesBatches,
  swapsNeighbours,
  confirmsBeforeSending,
  reportsSuccessForFailures,
  reportsFailureForSuccess,
  losesUnroutable,
  changesAByte,
  losesHeaders,
  changesIds,
  losesKeys,
  oneKeyForAll,
  losesLevels,
  losesExpiry,
  losesDedupe,
  deliversAtOnce,
  delaysTooLittle,
]
