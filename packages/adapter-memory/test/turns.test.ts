import { createBroker, Defer, queue, silentLogger, type, type Broker, type Clock } from '@anymq/core'
import { TestClock } from '@anymq/core/testing'
import { expect, onTestFinished, test } from 'vitest'
import { memory } from '../src/index.ts'
import { Turn } from '../src/turn.ts'
import { rawClient, targetOf } from './raw.ts'
import { finish, world } from './world.ts'

const jobs = queue('jobs', { schema: type<number>() })
/** Rounds after which a loop gives up: without turns in between it would never end, and no test could say so. */
const ENDLESS = 300_000

type Loop = (broker: Broker, goesOn: () => boolean) => Promise<unknown>

const loops: Readonly<Record<string, Loop>> = {
  sends: async (broker, goesOn) => {
    while (goesOn()) await broker.producer(jobs).send(1)
  },
  receives: async (broker, goesOn) => {
    const consumer = broker.consumer(jobs)
    while (goesOn()) {
      await broker.producer(jobs).send(1)
      for (const message of await consumer.receive()) await message.ack()
    }
  },
  'handlers that send': (broker, goesOn) => {
    const { promise, resolve } = Promise.withResolvers<void>()
    broker.consumer(jobs).subscribe(async ({ body }) => {
      if (!goesOn()) return resolve()
      await broker.producer(jobs).send(body + 1)
    })
    return Promise.all([broker.producer(jobs).send(1), promise])
  },
  'deferrals without a pause': (broker, goesOn) => {
    const { promise, resolve } = Promise.withResolvers<void>()
    broker.consumer(jobs).subscribe(() => {
      if (goesOn()) throw new Defer(0)
      resolve()
    })
    return Promise.all([broker.producer(jobs).send(1), promise])
  },
  'looks at the dead letters': async (broker, goesOn) => {
    while (goesOn()) await broker.deadLetters(jobs).count()
  },
}

test.for(Object.entries(loops))('in real time a timer fires beside an endless loop of %s', async ([, loop]) => {
  const broker = await createBroker(memory(), { definitions: [jobs], logger: silentLogger })
  let fired = false
  let rounds = 0
  const timer = setTimeout(() => (fired = true), 20)
  await loop(broker, () => !fired && ++rounds < ENDLESS)
  clearTimeout(timer)
  await broker.close()
  expect({ fired, endedByItself: rounds >= ENDLESS }).toEqual({ fired: true, endedByItself: false })
})

class CountingClock extends TestClock {
  soons = 0

  override soon(fn: () => void): void {
    this.soons++
    super.soon(fn)
  }
}

test('politeness is cheap: none for a little work, one pause for 2,048 messages sent or delivered', async () => {
  const clock: CountingClock & Clock = new CountingClock()
  const broker = await createBroker(memory(), { definitions: [jobs], clock })
  onTestFinished(() => finish(clock, broker.close({ timeout: 0 })))
  const producer = broker.producer(jobs)
  for (let i = 0; i < 500; i++) await producer.send(i)
  expect(clock.soons).toBe(0)
  const items = Array.from({ length: 20_480 }, (_, body) => ({ body }))
  await producer.sendBatch(items)
  const sending = clock.soons
  expect(sending).toBeGreaterThanOrEqual(7)
  expect(sending).toBeLessThanOrEqual(11)
  let handled = 0
  broker.consumer(jobs).subscribe(() => void handled++, { concurrency: 100 })
  await clock.settle()
  expect(handled).toBe(20_980)
  // A settlement is work too: one batch of them for every window of deliveries.
  expect(clock.soons - sending).toBeLessThanOrEqual(13)
})

test('a delivery is work, whether it is settled or held', async () => {
  const clock: CountingClock & Clock = new CountingClock()
  const broker = await createBroker(memory(), { definitions: [jobs], clock })
  onTestFinished(() => finish(clock, broker.close({ timeout: 0 })))
  await broker.producer(jobs).sendBatch(Array.from({ length: 20_480 }, (_, body) => ({ body })))
  const sending = clock.soons
  const held: number[] = []
  broker.consumer(jobs).subscribe(({ body }) => (held.push(body), new Promise(() => undefined)), {
    concurrency: 20_480,
  })
  await clock.settle()
  expect(held).toHaveLength(20_480)
  expect(clock.soons - sending).toBeGreaterThanOrEqual(9)
  expect(clock.soons - sending).toBeLessThanOrEqual(11)
})

test('a long backlog starves no other queue of the server', () => {
  const clock = new TestClock()
  const due: (() => void)[] = []
  clock.soon = (fn) => void due.push(fn)
  const turn = new Turn(clock)
  const log: string[] = []
  const greedy = (): void => {
    log.push('greedy')
    turn.spend(10_000)
    turn.next(greedy)
  }
  turn.next(greedy)
  turn.next(() => log.push('modest'))
  for (let i = 0; i < 3; i++) due.shift()!()
  expect([log, due.length]).toEqual([['greedy', 'modest', 'greedy', 'greedy'], 1])
})

const OPTIONS = { window: 9, span: 9, lease: 1000, preference: 0, browse: false }

/** As many bodies as use up a turn. */
function* many(): Generator<string> {
  for (let i = 0; i < 3000; i++) yield String(i)
}

test('when a turn is used up a feed still delivers nothing before it is known', async () => {
  const w = world([jobs])
  const { driver, send } = await rawClient(w)
  await driver.ensure(targetOf('jobs'), 'create')
  const sending = [...many()].map((body) => send('jobs', { body }))
  const log: string[] = []
  const opening = driver.open(targetOf('jobs'), OPTIONS, {
    deliver: () => log.push('delivery'),
    demand: () => (log.length < 3 ? 1 : new Promise<number>(() => undefined)),
    revoke: () => undefined,
    fail: () => undefined,
  })
  void opening.then(() => log.push('open'))
  await Promise.resolve()
  expect(log).toEqual([])
  await Promise.all(sending)
  await w.clock.settle()
  expect(log).toEqual(['open', 'delivery', 'delivery'])
  await driver.close()
})

test('a process that dies while an answer waits for its turn does not hear it', async () => {
  const w = world([jobs])
  const { driver, send } = await rawClient(w)
  await driver.ensure(targetOf('jobs'), 'create')
  const outcomes: string[] = []
  for (const body of many()) {
    send('jobs', { body }).then(
      () => outcomes.push('sent'),
      (error: Error) => outcomes.push(error.message),
    )
  }
  await Promise.resolve()
  driver.native.abandon()
  await w.clock.settle()
  const heard = outcomes.length
  expect(heard).toBeLessThan(2100)
  expect(outcomes).not.toContain('the in-memory connection is closed')
  await driver.close()
  await w.clock.settle()
  expect(new Set(outcomes.slice(heard))).toEqual(new Set(['the in-memory connection is closed']))
  expect(outcomes).toHaveLength(3000)
})
