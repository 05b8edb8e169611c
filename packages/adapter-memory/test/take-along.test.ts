import { fixed, queue, type } from '@anymq/core'
import { expect, test } from 'vitest'
import { memory } from '../src/index.ts'
import { faulty, type Faults } from './faulty.ts'
import { masked } from './masked.ts'
import { eventsOf, finish, sleep, world } from './world.ts'

interface Step {
  readonly key: string
  readonly n: number
}

const policy = { schema: type<Step>(), retry: { attempts: 3, backoff: fixed('10s') }, lease: '5s' } as const
const steps = queue('steps', { ...policy, ordering: { key: ({ key }: Step) => key } })
const skipping = queue('skipping', { ...policy, ordering: { key: ({ key }: Step) => key, onFailure: 'skip' } })

function ofOneKey(count: number): { readonly body: Step }[] {
  return Array.from({ length: count }, (_, n) => ({ body: { key: 'a', n } }))
}

test('settle.release: a run of one key that gathered is given back once, also where its first takes along the rest', async () => {
  const w = world([steps])
  const released: unknown[] = []
  const settle: Faults['settle'] = (batch, next) => {
    for (const { action, receipt } of batch) if (action === 'release') released.push(receipt)
    return next()
  }
  const b = await w.broker({}, faulty({ settle }, w.server, ['ordering']))
  await b.producer(steps).sendBatch(ofOneKey(3))
  const work = b.consumer(steps).subscribeBatch(() => undefined, { max: 10, within: '1h' })
  await w.clock.advance('1s')
  work.pause()
  await w.clock.advance('1s')
  // A broker may end the connection of a consumer that settles twice.
  expect([released.length, new Set(released).size]).toEqual([3, 3])
})

test('order.skip, pull.receive: a pulled message that waits here for its retry lets its key go on at once', async () => {
  const w = world([skipping])
  const full = memory({ server: w.server, mask: ['ordering'] })
  const b = await w.broker({}, masked({ settlements: true }, w.server, full))
  await b.producer(skipping).sendBatch(ofOneKey(2))
  const consumer = b.consumer(skipping)
  const [first] = await finish(w.clock, consumer.receive())
  const got: Step[] = []
  void consumer.receive({ wait: '5s' }).then((messages) => got.push(...messages.map(({ body }) => body)))
  await w.clock.settle()
  void first!.retry()
  await w.clock.settle()
  expect(got).toEqual([{ key: 'a', n: 1 }])
})

test('consume.concurrency, order.suffix: a pulled message that goes back with what was lost before it takes no room any more', async () => {
  const w = world([steps])
  const lost = { code: 'MQ_LEASE_LOST', retryable: false, outcome: 'not-sent', message: 'gone' } as const
  let acks = 0
  const settle: Faults['settle'] = async (batch, next) => {
    if (!batch.some(({ action }) => action === 'ack') || acks++ > 0) return next()
    await sleep(w.clock, 1000)
    return { failed: [{ index: 0, failure: lost }] }
  }
  const b = await w.broker({}, faulty({ settle }, w.server, ['ordering']))
  await b.producer(steps).sendBatch(ofOneKey(2))
  const consumer = b.consumer(steps)
  const [first] = await finish(w.clock, consumer.receive())
  const acked = first!.ack()
  const [second] = await consumer.receive()
  expect(second!.body.n).toBe(1)
  await w.clock.advance('2s')
  await expect(acked).rejects.toMatchObject({ code: 'MQ_LEASE_LOST' })
  expect(second!.signal.aborted).toBe(true)
  const others = Array.from({ length: 30 }, (_, n) => ({ body: { key: `k${n}`, n } }))
  await b.producer(steps).sendBatch(others)
  consumer.subscribe(() => new Promise(() => undefined), { concurrency: 2 })
  await w.clock.advance('20s')
  expect(await b.stats(steps)).toMatchObject({ leased: 4, ready: 28 })
})

test('settle.ack, life.resumes: a shard that cannot settle does not take back what the others have settled', async () => {
  const w = world([steps])
  const refused: string[] = []
  let isFirst = true
  const settle: Faults['settle'] = (batch, next) => {
    if (!isFirst || !batch.some(({ action }) => action === 'ack')) return next()
    isFirst = false
    return Promise.reject(new Error('this shard is away'))
  }
  const b = await w.broker({}, faulty({ settle }, w.server, ['ordering']))
  b.consumer(steps).subscribe((message) => message.ack().catch(({ code }) => void refused.push(code)))
  await b.producer(steps).sendBatch(Array.from({ length: 8 }, (_, n) => ({ body: { key: `k${n}`, n } })))
  await w.clock.advance('1m')
  expect([refused, eventsOf(w.events, 'lease-lost')]).toEqual([[], []])
  expect(await b.stats(steps)).toMatchObject({ ready: 0, leased: 0 })
})
