import { expect, test } from 'vitest'
import { TimerWheel } from '../mechanism/timer-wheel.ts'
import type { Feed } from '../spi/driver.ts'
import type { BatchResult, Failure, Settlement } from '../spi/messages.ts'
import { TestClock } from '../testing/test-clock.ts'
import type { Delivery } from './delivery.ts'
import { Settler } from './settler.ts'

const AWAY: Failure = { code: 'MQ_CONNECTION', retryable: true, outcome: 'unknown', message: 'away' }

/** A feed that answers when the test says so. */
function slow() {
  const batches: {
    readonly receipts: unknown[]
    readonly urgent: boolean
    answer(result: BatchResult): Promise<void>
  }[] = []
  const told: string[] = []
  const feed = {
    settle: (batch: readonly Settlement<unknown>[], urgent: boolean) =>
      new Promise<BatchResult>((resolve) => {
        const answer = async (result: BatchResult): Promise<void> => {
          resolve(result)
          await turn()
        }
        batches.push({ receipts: batch.map(({ receipt }) => receipt), urgent, answer })
      }),
  } as Feed<unknown>
  const clock = new TestClock()
  const settler = new Settler(new TimerWheel(clock), {
    classify: () => AWAY,
    settled: (delivery) => void told.push(`settled ${delivery.id}`),
    failed: (delivery, { message }) => void told.push(`failed ${delivery.id}: ${message}`),
    answered: () => {},
  })
  settler.use(feed)
  const add = (id: string, urgent = false): void =>
    settler.add({ id } as Delivery, { receipt: id, action: 'ack' }, urgent)
  return { settler, batches, told, add, clock }
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
const sent = (batches: readonly { readonly receipts: unknown[] }[]): unknown[] =>
  batches.map(({ receipts }) => receipts)

test('what comes in one turn goes out together; while two batches are on their way the rest forms the next', async () => {
  const { add, batches, told } = slow()
  for (const id of ['a', 'b']) add(id)
  await turn()
  add('c')
  await turn()
  for (const id of ['d', 'e', 'f']) {
    add(id)
    await turn()
  }
  expect(sent(batches)).toEqual([['a', 'b'], ['c']])
  await batches[1]!.answer({})
  expect(sent(batches)).toEqual([['a', 'b'], ['c'], ['d', 'e', 'f']])
  await batches[0]!.answer({ failed: [{ index: 1, failure: AWAY }] })
  expect(told).toEqual(['settled c', 'settled a', 'failed b: away'])
})

test('settle.ack-commit: what somebody waits for is not held up by batches that nobody waits for', async () => {
  const { add, batches } = slow()
  for (const id of ['a', 'b', 'c']) {
    add(id)
    await turn()
  }
  expect(sent(batches)).toEqual([['a'], ['b']])
  add('d', true)
  await turn()
  expect(batches.map(({ receipts, urgent }) => [receipts, urgent])).toEqual([
    [['a'], false],
    [['b'], false],
    [['c', 'd'], true],
  ])
})

test('an answer of a feed that is gone is not heard, and does not make room', async () => {
  const { add, batches, told, settler } = slow()
  for (const id of ['a', 'b', 'c']) {
    add(id)
    await turn()
  }
  settler.use(null)
  await batches[0]!.answer({})
  expect([sent(batches), told]).toEqual([[['a'], ['b']], []])
})

test('batches that never get an answer hold the rest up for five seconds and no longer, and leave no timer', async () => {
  const { add, batches, clock, settler } = slow()
  for (const id of ['a', 'b', 'c']) {
    add(id, true)
    await turn()
  }
  expect(sent(batches)).toEqual([['a'], ['b']])
  await clock.advance(4990)
  expect(batches).toHaveLength(2)
  await clock.advance(20)
  expect(sent(batches)).toEqual([['a'], ['b'], ['c']])
  await batches[0]!.answer({})
  settler.use(null)
  expect(clock.timers).toBe(0)
})
