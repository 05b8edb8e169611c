import { fixed, group, queue, topic, type, type Message } from '@anymq/core'
import type { Outgoing } from '@anymq/core/driver'
import { expect, test } from 'vitest'
import { faulty, PASSING } from './faulty.ts'
import { eventsOf, gate, world } from './world.ts'

const jobs = queue('jobs', {
  schema: type<number>(),
  retry: { attempts: 3, backoff: fixed('10s') },
  lease: '10s',
  timeout: '1m',
})
const next = queue('next', { schema: type<string>() })
const done = topic('done', { schema: type<{ id: string }>(), groups: ['audit'] })
const audit = group(done, 'audit')
const unlisted = queue('unlisted', { schema: type<string>() })

/** A broker whose sends to `next` wait for a gate, or fail. */
async function some(handler: (message: Message<number>) => unknown) {
  const w = world([jobs, next, done, audit])
  const sent: Outgoing[] = []
  const state = { fails: false, waits: undefined as Promise<void> | undefined }
  const b = await w.broker(
    {},
    faulty(
      {
        send: async (target, batch, go) => {
          if (target.address !== 'next') return go()
          sent.push(...batch)
          await state.waits
          return state.fails
            ? {
                failed: batch.map((_, index) => ({
                  index,
                  failure: { ...PASSING, retryable: false, cause: undefined },
                })),
              }
            : go()
        },
      },
      w.server,
    ),
  )
  const runs: string[] = []
  const work = b.consumer(jobs).subscribe((message) => {
    runs.push(`${message.body}:${message.attempt}@${w.clock.monotonic()}`)
    return handler(message)
  })
  await work.ready
  return { ...w, b, work, runs, sent, state }
}

test('consume.message-send: it arrives with correlation, causation and trace, by the cached producer', async () => {
  const ids: string[] = []
  const { b, clock, sent } = await some(async (message) => {
    ids.push(
      await message.send(next, 'x', { id: 'n-1', headers: { tenant: 'a' } }),
      await message.send(done, { id: 'd' }),
    )
  })
  const id = await b.send(jobs, 1, { id: 'cause' })
  await clock.settle()
  expect([id, ids[0], sent[0]!.id]).toEqual(['cause', 'n-1', 'n-1'])
  expect(sent[0]!.headers).toMatchObject({
    tenant: 'a',
    'anymq-causation-id': 'cause',
    'anymq-correlation-id': 'cause',
  })
  expect(await b.stats(audit)).toMatchObject({ ready: 1 })
  expect(await b.stats(jobs)).toMatchObject({ ready: 0, leased: 0 })
})

test('consume.message-send: the settlement of a return waits for what was sent, awaited or not', async () => {
  const { passed, open } = gate()
  const { b, clock, work, state } = await some((message) => void message.send(next, 'x'))
  state.waits = passed
  await b.send(jobs, 1)
  await clock.advance('3s')
  expect([work.running, await b.stats(jobs)]).toMatchObject([1, { leased: 1 }])
  open()
  await clock.settle()
  expect([work.running, await b.stats(jobs), await b.stats(next)]).toMatchObject([0, { leased: 0 }, { ready: 1 }])
})

test('consume.message-send: ack() waits too, is the settlement meanwhile, and resolves when both are done', async () => {
  const { passed, open } = gate()
  const order: string[] = []
  const { b, clock, state } = await some(async (message) => {
    void message.send(next, 'x').then(() => order.push('sent'))
    const acked = message.ack().then(() => order.push('acked'))
    await expect(message.retry()).rejects.toMatchObject({ code: 'MQ_ALREADY_SETTLED' })
    await expect(message.ack()).rejects.toMatchObject({ code: 'MQ_ALREADY_SETTLED' })
    order.push('waiting')
    await acked
    throw new Error('too late')
  })
  state.waits = passed
  await b.send(jobs, 1)
  await clock.advance('3s')
  expect([order, await b.stats(jobs)]).toMatchObject([['waiting'], { leased: 1 }])
  open()
  await clock.advance('1m')
  expect([order, await b.stats(jobs)]).toMatchObject([['waiting', 'sent', 'acked'], { leased: 0, delayed: 0 }])
})

test.for<[string, (message: Message<number>) => unknown]>([
  ['is not awaited', (message) => void message.send(next, 'x')],
  ['is awaited', (message) => message.send(next, 'x')],
  ['is caught', (message) => message.send(next, 'x').catch(() => 'never mind')],
  ['is before an ack', (message) => message.send(next, 'x').catch(() => message.ack().catch(() => 'nor this'))],
])('consume.message-send: if it fails the handler has failed, though the send %s', async ([, handler]) => {
  const { b, clock, runs, events, state } = await some(handler)
  state.fails = true
  await b.send(jobs, 1)
  await clock.advance('5s')
  expect(eventsOf(events, 'retry')).toMatchObject([{ attempt: 1, error: { code: 'MQ_SEND' } }])
  state.fails = false
  await clock.advance('1m')
  expect(runs).toEqual(['1:1@0', '1:2@10000'])
  expect(await b.stats(jobs)).toMatchObject({ ready: 0, leased: 0, delayed: 0 })
})

test('consume.message-send: ack() rejects with the error of a send that failed, and the message comes again', async () => {
  const seen: unknown[] = []
  const { b, clock, runs, state } = await some(async (message) => {
    void message.send(next, 'x')
    seen.push(await message.ack().catch((error: unknown) => error))
    state.fails = false
  })
  state.fails = true
  await b.send(jobs, 1)
  await clock.advance('1m')
  expect(seen).toMatchObject([{ code: 'MQ_SEND' }, undefined])
  expect(runs).toHaveLength(2)
})

test('consume.message-send, consume.verb-wins: what the user settles otherwise wins over a send that fails', async () => {
  const { b, clock, runs, state } = await some(async (message) => {
    await message.send(next, 'x').catch(() => message.deadLetter('nowhere to go'))
  })
  state.fails = true
  await b.send(jobs, 1)
  await clock.advance('1m')
  expect(runs).toHaveLength(1)
  expect(await b.deadLetters(jobs).peek()).toMatchObject([{ reason: 'rejected', error: 'nowhere to go' }])
})

test('consume.message-send: bad sends reject by name, and fail the handler', async () => {
  const seen: unknown[] = []
  const { b, clock } = await some(async (message) => {
    const bad = [
      message.send(unlisted, 'x'),
      message.send(next, 5 as never),
      message.send(next, 'x', { keys: 1 } as never),
      message.send(next, 'x', 5 as never),
      message.send(next, 'x', { causedBy: { id: 'other' } } as never),
      message.send(undefined as never, 'x'),
    ]
    seen.push(...(await Promise.all(bad.map((sent) => sent.then(String, (error: unknown) => error)))))
  })
  await b.send(jobs, 1)
  await clock.advance('1m')
  expect(seen.slice(0, 6)).toMatchObject([
    { code: 'MQ_CONFIG', message: expect.stringMatching(/"unlisted" is not one of this broker's definitions/) },
    expect.any(String),
    { code: 'MQ_INVALID', message: expect.stringMatching(/keys: is an unknown option/) },
    { code: 'MQ_INVALID', message: expect.stringMatching(/options: is 5; give an object/) },
    { code: 'MQ_INVALID', message: expect.stringMatching(/causedBy is the message itself/) },
    { code: 'MQ_CONFIG' },
  ])
  expect(await b.deadLetters(jobs).count()).toBe(1)
})

test('consume.message-send, batch.settlement: in a batch each message waits for its own sends, and fails with them alone', async () => {
  const { b, clock, state, work } = await some(() => undefined)
  await work.close()
  const batches: string[] = []
  b.consumer(jobs).subscribeBatch(
    (messages) => {
      batches.push(messages.map(({ body, attempt }) => `${body}:${attempt}`).join(' '))
      void messages.find(({ body }) => body === 1)?.send(next, 'x')
    },
    { max: 3, within: '1s' },
  )
  state.fails = true
  await b.producer(jobs).sendBatch([0, 1, 2].map((body) => ({ body })))
  await clock.advance('5s')
  state.fails = false
  await clock.advance('1m')
  expect(batches).toEqual(['0:1 1:1 2:1', '1:2'])
})

test('consume.message-send: from a pulled message, whose ack waits; after its settlement it is a plain send', async () => {
  const { b, clock, state, work } = await some(() => undefined)
  await work.close()
  const { passed, open } = gate()
  state.waits = passed
  await b.send(jobs, 1)
  const [message] = await b.consumer(jobs).receive()
  const sent = message!.send(next, 'x')
  const acked = message!.ack()
  await clock.advance('2s')
  expect(await b.stats(jobs)).toMatchObject({ leased: 1 })
  open()
  await Promise.all([sent, acked])
  state.fails = true
  await expect(message!.send(next, 'y')).rejects.toMatchObject({ code: 'MQ_SEND' })
  expect(await b.stats(jobs)).toMatchObject({ ready: 0, leased: 0, delayed: 0 })
})

test('close.use-after: broker.send rejects after close, and for what is not listed', async () => {
  const { b, clock } = await some(() => undefined)
  void b.send(unlisted, 'nobody looks')
  await expect(b.send(unlisted, 'x')).rejects.toMatchObject({ code: 'MQ_CONFIG' })
  await expect(b.send(next, 5 as never)).resolves.toEqual(expect.any(String))
  const closed = b.close()
  await clock.advance('1s')
  await closed
  await expect(b.send(next, 'x')).rejects.toMatchObject({ code: 'MQ_CLOSED' })
})
