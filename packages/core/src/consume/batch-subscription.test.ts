import { expect, test } from 'vitest'
import { fakeRuntime } from '../../test/fake-driver.ts'
import { DeadLetter } from '../policy/steering.ts'
import type { Incoming } from '../spi/messages.ts'
import { subscribeBatches } from './batch-subscription.ts'
import { Delivery } from './delivery.ts'
import { READY, SETTLING, TAKEN } from './delivery-state.ts'
import type { SourceEngine } from './engine.ts'
import type { Taker } from './holder.ts'
import type { Message } from '../message.ts'

/** An engine that hands over what it is told to, and notes what becomes of it. */
function bench(
  handler: (messages: readonly Message<never>[]) => unknown,
  isOrdered = true,
  send: () => Promise<string> = async () => 'sent',
) {
  const { runtime, clock } = fakeRuntime()
  const fates: string[] = []
  let taker!: Taker
  const settle = (delivery: Delivery, fate: string, action: 'ack' | 'release' | 'move'): void => {
    fates.push(`${fate} ${delivery.id}`)
    delivery.state = SETTLING
    delivery.settlement = { action } as never
  }
  const fail = (delivery: Delivery, error: unknown): void =>
    error instanceof DeadLetter ? settle(delivery, 'dead', 'move') : settle(delivery, 'fail', 'release')
  const engine = {
    source: 'rows',
    addTaker: (given: Taker) => (taker = given),
    removeTaker: () => undefined,
    takerChanged: () => undefined,
    dispatch: () => undefined,
    use: async () => undefined,
    unuse: async () => undefined,
    idle: async () => undefined,
    ended: () => undefined,
    acknowledge: (delivery: Delivery) => settle(delivery, 'ack', 'ack'),
    release: (delivery: Delivery) => settle(delivery, 'release', 'release'),
    fail,
    failFor: async (delivery: Delivery, error: unknown) => fail(delivery, error),
    settleFor: async (delivery: Delivery) => settle(delivery, 'ack', 'ack'),
  } as unknown as SourceEngine
  const work = subscribeBatches(
    {
      runtime,
      engine,
      options: { concurrency: 1, timeout: 60_000 } as never,
      outbox: { send },
      rate: null,
      limit: null,
      onEnd: () => undefined,
    },
    handler,
    { max: 6, within: 1000, isOrdered },
  )
  const delivery = (id: string): Delivery =>
    new Delivery(engine, { id, key: id[0], headers: {}, attempt: 0, receipt: id } as unknown as Incoming<unknown>)
  const take = (...ids: string[]): Delivery[] =>
    ids.map((id) => {
      const taken = delivery(id)
      taken.state = TAKEN
      taken.holder = taker
      taker.take(taken)
      return taken
    })
  return { taker, work, clock, fates, take, delivery }
}

test('batch.ordered: a later message of a key may join the batch that holds the earlier, until it is handed over', async () => {
  const { taker, clock, take, delivery } = bench(() => new Promise(() => undefined))
  expect(taker.canFollow!(delivery('a2'))).toBe(false)
  const [first] = take('a1')
  expect([taker.canFollow!(delivery('a2')), taker.canFollow!(delivery('b1'))]).toEqual([true, false])
  first!.state = READY
  expect(taker.canFollow!(delivery('a2'))).toBe(false)
  first!.state = TAKEN
  await clock.advance('2s')
  expect(taker.canFollow!(delivery('a2'))).toBe(false)
})

test('batch.ordered: a full batch takes nobody along', () => {
  const { taker, take, delivery } = bench(() => new Promise(() => undefined))
  // The first six run; the next six are full and wait for a slot.
  take('a1', 'a2', 'a3', 'a4', 'a5', 'a6')
  take('b1', 'b2', 'b3', 'b4', 'b5', 'b6')
  expect([taker.free, taker.canFollow!(delivery('b7'))]).toEqual([0, false])
})

test('batch.ordered: a throw fails the first unsettled one of each key, and gives back those behind it, in order', async () => {
  const { fates, take, clock } = bench((messages) => {
    void messages[0]!.ack()
    throw new Error('no')
  })
  take('a1', 'a2', 'b1', 'a3', 'b2', 'b3')
  await clock.settle()
  expect(fates).toEqual(['ack a1', 'fail a2', 'release a3', 'fail b1', 'release b2', 'release b3'])
})

test('batch.ordered: where nothing is ordered, every unsettled one fails', async () => {
  const { fates, take, clock } = bench(() => {
    throw new Error('no')
  }, false)
  take('a1', 'a2', 'b1', 'a3', 'b2', 'b3')
  await clock.settle()
  expect(fates).toEqual(['fail a1', 'fail a2', 'fail b1', 'fail a3', 'fail b2', 'fail b3'])
})

test.for(['retry', 'defer'] as const)(
  'batch.ordered: %s of one gives back those behind it, tells them so, and refuses what the handler still says of them',
  async (verb) => {
    const refused: unknown[] = []
    const { fates, take } = bench(async (messages) => {
      const [a1, a2, , a3] = messages
      await a1!.ack()
      if (verb === 'retry') await a2!.retry()
      else await a2!.defer('1s')
      refused.push(a3!.signal.aborted, (a3!.signal.reason as { code: string }).code)
    })
    take('a1', 'a2', 'b1', 'a3', 'b2', 'b3')
    await new Promise((resolve) => setImmediate(resolve))
    expect(fates).toEqual(['ack a1', 'fail a2', 'release a3', 'ack b1', 'ack b2', 'ack b3'])
    expect(refused).toEqual([true, 'MQ_ALREADY_SETTLED'])
  },
)

test('batch.ordered, consume.verb-wins: what has been acknowledged, and waits for what it sent, is not given back', async () => {
  const sent = Promise.withResolvers<string>()
  const { fates, take } = bench(
    (messages) => {
      void messages[1]!.send({} as never, 'x')
      void messages[1]!.ack()
      void messages[0]!.retry()
    },
    true,
    () => sent.promise,
  )
  take('a1', 'a2', 'b1', 'b2', 'b3', 'b4')
  sent.resolve('sent')
  await new Promise((resolve) => setImmediate(resolve))
  expect(fates.toSorted()).toEqual(['ack a2', 'ack b1', 'ack b2', 'ack b3', 'ack b4', 'fail a1'])
})

test('batch.ordered: a dead letter blocks nobody, by verb or by throw', async () => {
  const verb = bench((messages) => void messages[0]!.deadLetter('never'))
  verb.take('a1', 'a2', 'a3', 'a4', 'a5', 'a6')
  expect(verb.fates).toEqual(['dead a1', 'ack a2', 'ack a3', 'ack a4', 'ack a5', 'ack a6'])
  const thrown = bench(() => {
    throw new DeadLetter('never')
  })
  thrown.take('a1', 'a2', 'a3', 'b1', 'b2', 'b3')
  expect(thrown.fates.every((fate) => fate.startsWith('dead'))).toBe(true)
})

test('batch.ordered, settle.release: closing gives back what gathers, in order', async () => {
  const { fates, take, work, clock } = bench(() => undefined)
  take('a1', 'a2', 'b1')
  await work.close()
  expect(fates).toEqual(['release a1', 'release a2', 'release b1'])
  await clock.advance('1m')
  expect(clock.timers).toBe(0)
})
