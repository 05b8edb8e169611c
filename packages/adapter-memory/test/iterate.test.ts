import { fixed, MqError, queue, type, type Consumer, type Message } from '@anymq/core'
import { expect, test } from 'vitest'
import { faulty } from './faulty.ts'
import { eventsOf, finish, world } from './world.ts'

const jobs = queue('jobs', {
  schema: type<number>(),
  retry: { attempts: 3, backoff: fixed('1s') },
  lease: '10s',
  timeout: '1m',
  concurrency: 3,
})

async function some(count: number) {
  const w = world([jobs])
  const b = await w.broker()
  const consumer = b.consumer(jobs)
  if (count > 0) await b.producer(jobs).sendBatch(Array.from({ length: count }, (_, body) => ({ body })))
  return { ...w, b, consumer }
}

/** Handles every message until `until` says that it is enough. */
async function loop(consumer: Consumer<number>, until: (message: Message<number>) => boolean): Promise<number[]> {
  const seen: number[] = []
  for await (const message of consumer.messages()) {
    seen.push(message.body)
    if (until(message)) break
    await message.ack()
  }
  return seen
}

test('pull.iterate: one after the other, settled by the user alone; leaving gives back what was fetched ahead', async () => {
  const { b, clock, consumer } = await some(8)
  expect(
    await finish(
      clock,
      loop(consumer, ({ body }) => body === 2),
    ),
  ).toEqual([0, 1, 2])
  await clock.settle()
  // One in hand, five given back.
  expect(await b.stats(jobs)).toMatchObject({ ready: 5, leased: 1 })
})

test('pull.iterate: at most `concurrency` are fetched ahead, and nothing before the loop begins', async () => {
  const { b, clock, consumer } = await some(8)
  const messages = consumer.messages()
  await clock.settle()
  expect(await b.stats(jobs)).toMatchObject({ ready: 8, leased: 0 })
  const iterator = messages[Symbol.asyncIterator]()
  const first = await iterator.next()
  await clock.settle()
  expect([(first.value as Message<number>).body, await b.stats(jobs)]).toMatchObject([0, { ready: 4, leased: 4 }])
  await iterator.return!()
})

test('pull.iterate: it waits for messages as long as it takes, under lease while it waits for its user', async () => {
  const { b, clock, consumer } = await some(0)
  const all = loop(consumer, ({ body }) => body === 9)
  await clock.advance('1h')
  await b.send(jobs, 1)
  await clock.advance('1h')
  await b.send(jobs, 9)
  expect(await finish(clock, all)).toEqual([1, 9])
})

test.for(['break', 'throw'] as const)(
  'pull.iterate-in-hand: after a %s the message in hand keeps its lease until that ends, and then has failed',
  async (how) => {
    const { b, clock, consumer, events } = await some(1)
    const left = (async () => {
      for await (const message of consumer.messages()) {
        if (how === 'throw') throw new Error(`stumbled over ${message.body}`)
        break
      }
    })()
    await finish(
      clock,
      left.catch((error: unknown) => expect(error).toMatchObject({ message: 'stumbled over 0' })),
    )
    await clock.advance('9s')
    expect(await b.stats(jobs)).toMatchObject({ leased: 1, delayed: 0 })
    await clock.advance('2s')
    expect(eventsOf(events, 'retry')).toMatchObject([{ attempt: 1 }])
    const [again] = await finish(clock, consumer.receive())
    expect(again!.attempt).toBe(2)
    await again!.ack()
  },
)

test('pull.iterate-in-hand: settled before the loop is left, it is settled', async () => {
  const { b, clock, consumer } = await some(1)
  await finish(
    clock,
    (async () => {
      for await (const message of consumer.messages()) {
        await message.ack()
        break
      }
    })(),
  )
  await clock.advance('1m')
  expect(await b.stats(jobs)).toMatchObject({ ready: 0, leased: 0, delayed: 0, dead: 0 })
})

test('pull.hold: a message that waits in the loop is held for the timeout, over many leases', async () => {
  const { clock, consumer, events } = await some(2)
  const iterator = consumer.messages()[Symbol.asyncIterator]()
  const first = (await finish(clock, iterator.next())).value as Message<number>
  await clock.advance('55s')
  await first.ack()
  const second = (await iterator.next()).value as Message<number>
  expect(second.attempt).toBe(1)
  await clock.advance('61s')
  expect(eventsOf(events, 'unsettled')).toMatchObject([{ id: second.id }])
  await iterator.return!()
})

test('pull.iterate: an abort ends the loop with MQ_ABORTED, while it waits or before it begins, and gives back what was fetched', async () => {
  const { b, clock, consumer } = await some(3)
  const abort = new AbortController()
  const seen: number[] = []
  const ended = (async () => {
    for await (const message of consumer.messages({ signal: abort.signal })) {
      seen.push(message.body)
      await message.ack()
      if (seen.length === 2) abort.abort(new Error('enough'))
    }
  })().catch((error: unknown) => error)
  expect(await finish(clock, ended)).toMatchObject({ code: 'MQ_ABORTED', cause: { message: 'enough' } })
  await clock.settle()
  expect([seen, await b.stats(jobs)]).toMatchObject([[0, 1], { ready: 1, leased: 0 }])
  const late = consumer.messages({ signal: abort.signal })[Symbol.asyncIterator]()
  await expect(late.next()).rejects.toMatchObject({ code: 'MQ_ABORTED' })
  expect(await late.next()).toEqual({ done: true, value: undefined })
  const waits = new AbortController()
  const waiting = consumer.messages({ signal: waits.signal })[Symbol.asyncIterator]()
  await waiting.next()
  const next = waiting.next()
  await clock.settle()
  waits.abort()
  await expect(next).rejects.toMatchObject({ code: 'MQ_ABORTED' })
})

test('pull.iterate, close.anywhere: closing the consumer ends every loop, and gives back what is in hand', async () => {
  const { b, clock, consumer } = await some(1)
  const [one, two] = [consumer.messages(), consumer.messages()].map((messages) => messages[Symbol.asyncIterator]())
  await one!.next()
  const waiting = [one!.next(), two!.next()]
  await clock.settle()
  await consumer.close()
  expect(await Promise.all(waiting)).toEqual([
    { done: true, value: undefined },
    { done: true, value: undefined },
  ])
  expect(await b.stats(jobs)).toMatchObject({ ready: 1, leased: 0 })
  expect(() => consumer.messages()).toThrow(MqError)
})

test('pull.iterate, consume.one-engine: loops are independent, and share the source with handlers', async () => {
  const { clock, consumer } = await some(30)
  const seen: number[] = []
  const take = async (): Promise<void> => {
    for await (const message of consumer.messages()) {
      seen.push(message.body)
      await message.ack()
    }
  }
  const loops = [take(), take()]
  consumer.subscribe(({ body }) => void seen.push(body))
  await clock.advance('1s')
  await consumer.close()
  await Promise.all(loops)
  expect(seen.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 30 }, (_, i) => i))
})

test('life.resumes, pull.iterate: what was fetched and lost with the connection comes again, once', async () => {
  const { b, clock, consumer } = await some(5)
  const iterator = consumer.messages()[Symbol.asyncIterator]()
  const first = (await iterator.next()).value as Message<number>
  await clock.settle()
  b.native.cut()
  await clock.advance('20s')
  await expect(first.ack()).rejects.toMatchObject({ code: 'MQ_LEASE_LOST' })
  const bodies: number[] = []
  for (let i = 0; i < 5; i++) {
    const message = (await finish(clock, iterator.next())).value as Message<number>
    bodies.push(message.body)
    await message.ack()
  }
  expect(bodies.toSorted()).toEqual([0, 1, 2, 3, 4])
  await iterator.return!()
})

test('consume.done, pull.iterate: a source that cannot be consumed ends the loop with the reason, once', async () => {
  const w = world([jobs])
  const failure = new MqError('MQ_DENIED', 'no right to consume')
  const b = await w.broker({}, faulty({ open: () => Promise.reject(failure) }, w.server))
  const iterator = b.consumer(jobs).messages()[Symbol.asyncIterator]()
  await expect(finish(w.clock, iterator.next())).rejects.toMatchObject({ code: 'MQ_DENIED' })
  expect(await iterator.next()).toEqual({ done: true, value: undefined })
})

test('a bad loop is refused by name', async () => {
  const { consumer } = await some(0)
  for (const [options, message] of [
    [{ signal: 5 }, /options > signal: is 5; give an AbortSignal/],
    [{ max: 5 }, /options > max: is an unknown field; the fields are signal/],
    [5, /options: is 5; give an object/],
  ] as const)
    expect(() => consumer.messages(options as never)).toThrow(message)
})
