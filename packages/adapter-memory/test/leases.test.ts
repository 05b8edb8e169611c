import { queue, type, type Consumer } from '@anymq/core'
import { TestClock } from '@anymq/core/testing'
import { memoryServer } from '../src/index.ts'
import { expect, test } from 'vitest'
import { faulty, PASSING } from './faulty.ts'
import { eventsOf, finish, gate, world } from './world.ts'

const jobs = queue('jobs', { schema: type<number>(), lease: '5s', timeout: '1m' })

/** A handler that keeps whatever it gets until its end is opened. */
function held(consumer: Consumer<number>) {
  const work = { runs: 0, end: gate() }
  consumer.subscribe(async () => {
    work.runs++
    await work.end.passed
  })
  return work
}

test('lease.extend: two at once are both answered', async () => {
  const w = world([jobs])
  const b = await w.broker()
  await b.producer(jobs).send(1)
  const [message] = await finish(w.clock, b.consumer(jobs).receive())
  await Promise.all([message!.extend('10s'), message!.extend('20s')])
})

test('lease.extend: one that a settlement overtakes is told so, and the settlement stands', async () => {
  const w = world([jobs])
  const late = gate()
  const b = await w.broker(
    {},
    faulty(
      {
        settle: async (batch, next) => {
          if (batch[0]!.action === 'extend') await late.passed
          return next()
        },
      },
      w.server,
    ),
  )
  await b.producer(jobs).send(1)
  const [message] = await finish(w.clock, b.consumer(jobs).receive())
  const extended = message!.extend('10s')
  await message!.ack()
  late.open()
  await expect(extended).rejects.toMatchObject({ code: 'MQ_LEASE_LOST' })
})

test('lease.extend: what a broker has delivered before it has answered that it does can be kept too', async () => {
  const w = world([jobs])
  const answer = gate()
  const asked: number[] = []
  const b = await w.broker(
    {},
    faulty(
      {
        open: async (_, next) => {
          const feed = await next()
          await answer.passed
          return feed
        },
        settle: (batch, next) => {
          for (const one of batch) if (one.action === 'extend') asked.push(one.lease)
          return next()
        },
      },
      w.server,
    ),
  )
  await b.producer(jobs).send(1)
  const [message] = await finish(w.clock, b.consumer(jobs).receive())
  const extended = message!.extend('10m')
  await w.clock.settle()
  expect(asked).toEqual([])
  answer.open()
  await extended
  expect(asked).toEqual([600_000])
  // Longer than its hold, which is the timeout of a handler.
  await w.clock.advance('2m')
  expect(eventsOf(w.events, 'unsettled')).toEqual([])
  await message!.ack()
})

test('lease.extended: a renewal that was due before the broker had answered is made up for', async () => {
  const w = world([jobs])
  const answer = gate()
  const late = async <T>(_: unknown, next: () => Promise<T>): Promise<T> => {
    const feed = await next()
    await answer.passed
    return feed
  }
  const b = await w.broker({}, faulty({ open: late }, w.server))
  const work = held(b.consumer(jobs))
  await b.producer(jobs).send(1)
  await w.clock.advance('4s')
  answer.open()
  await w.clock.advance('26s')
  work.end.open()
  await w.clock.settle()
  expect([work.runs, eventsOf(w.events, 'lease-lost')]).toEqual([1, []])
})

test('lease.extend: what is refused for its length prolongs nothing', async () => {
  const w = world([jobs])
  const b = await w.broker()
  await b.producer(jobs).send(1)
  const [message] = await finish(w.clock, b.consumer(jobs).receive({ hold: '20s' }))
  await expect(message!.extend(`${400 * 24}h`)).rejects.toMatchObject({ code: 'MQ_INVALID' })
  await w.clock.advance('25s')
  expect(eventsOf(w.events, 'unsettled')).toHaveLength(1)
})

test('lease.extended: a message that a user keeps for long does not keep those after it from renewal', async () => {
  const w = world([jobs])
  const b = await w.broker()
  const consumer = b.consumer(jobs)
  await b.producer(jobs).send(1)
  const [message] = await finish(w.clock, consumer.receive())
  await message!.extend('10m')
  const work = held(consumer)
  await b.producer(jobs).send(2)
  await w.clock.advance('30s')
  work.end.open()
  await w.clock.settle()
  expect([work.runs, eventsOf(w.events, 'lease-lost')]).toEqual([1, []])
})

test.each([1, 4])(
  'lease.extended: renewals that fail %i times are tried again before the lease ends',
  async (refusals) => {
    const w = world([jobs])
    let left = refusals
    const b = await w.broker(
      {},
      faulty(
        {
          settle: async (batch, next) =>
            batch[0]!.action === 'extend' && left-- > 0
              ? { failed: batch.map((_, index) => ({ index, failure: PASSING })) }
              : next(),
        },
        w.server,
      ),
    )
    const work = held(b.consumer(jobs))
    await b.producer(jobs).send(1)
    await w.clock.advance('30s')
    work.end.open()
    await w.clock.settle()
    expect([work.runs, eventsOf(w.events, 'lease-lost')]).toEqual([1, []])
    expect(w.lines.filter(({ text }) => text.startsWith('leases could not be extended'))).toHaveLength(refusals)
  },
)

/** As the machine's: no two readings are the same. */
class RestlessClock extends TestClock {
  #readings = 0

  override monotonic(): number {
    return super.monotonic() + ++this.#readings * 1e-6
  }
}

test('lease.extended: a renewal that fails is tried again soon, also by a clock that never stands still', async () => {
  const server = memoryServer()
  const w = world([jobs], server, new RestlessClock())
  let left = 3
  const b = await w.broker(
    {},
    faulty(
      {
        settle: (batch, next) =>
          batch[0]!.action === 'extend' && left-- > 0
            ? Promise.resolve({ failed: batch.map((_, index) => ({ index, failure: PASSING })) })
            : next(),
      },
      server,
    ),
  )
  const work = held(b.consumer(jobs))
  await b.producer(jobs).send(1)
  await w.clock.advance('20s')
  work.end.open()
  await w.clock.settle()
  expect([work.runs, eventsOf(w.events, 'lease-lost'), left < 0]).toEqual([1, [], true])
})
