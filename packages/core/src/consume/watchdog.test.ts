import { expect, test } from 'vitest'
import { fakeRuntime } from '../../test/fake-driver.ts'
import { MqError } from '../errors.ts'
import type { Stats } from '../spi/messages.ts'
import { Watchdog, type FeedPart } from './watchdog.ts'

/** A watchdog over parts that do nothing by themselves, and what it did. */
function watching(own: Partial<FeedPart>[] = [{}], answer: () => Promise<Partial<Stats>> = async () => ({ ready: 1 })) {
  const { runtime, clock } = fakeRuntime()
  const done: string[] = []
  const state = { wants: true, holds: false }
  const parts = own.map((given, index) => ({
    isExclusive: true,
    delivered: 0,
    owns: () => true,
    stats: async (): Promise<Stats> => {
      done.push(`stats ${index}`)
      return { ready: 0, leased: 0, delayed: 0, oldest: undefined, ...(await answer()) }
    },
    reopen: async (): Promise<void> => void done.push(`reopen ${index}`),
    ...given,
  }))
  const watchdog = new Watchdog(runtime, 'orders', {
    wants: () => state.wants,
    holds: () => state.holds,
    giveBack: () => void done.push('give back'),
  })
  watchdog.watch(parts)
  return { clock, watchdog, parts, state, done }
}

test('life.watchdog: a place that nothing comes from for 10 s, though messages are ready and wanted, is opened again', async () => {
  const { clock, done } = watching()
  await clock.advance(9_900)
  expect(done).toEqual([])
  await clock.advance(200)
  expect(done).toEqual(['stats 0', 'reopen 0'])
})

test('life.watchdog: what holds something gives back what no handler runs, if somebody else may be preferred', async () => {
  const exclusive = watching()
  exclusive.state.holds = true
  await exclusive.clock.advance('11s')
  expect(exclusive.done).toEqual(['stats 0', 'give back'])
  const shared = watching([{ isExclusive: false }])
  shared.state.holds = true
  await shared.clock.advance('11s')
  expect(shared.done).toEqual(['stats 0'])
})

test('life.watchdog: each place stands still by itself', async () => {
  const { clock, parts, done } = watching([{}, {}])
  for (let second = 0; second < 30; second++) {
    parts[0]!.delivered++
    await clock.advance('1s')
  }
  expect(done).toEqual(['stats 1', 'reopen 1', 'stats 1', 'reopen 1', 'stats 1', 'reopen 1'])
})

test('life.watchdog, consume.idle: nothing is asked while nothing is wanted, nor done while nothing is ready', async () => {
  const idle = watching()
  idle.state.wants = false
  await idle.clock.advance('5m')
  expect(idle.done).toEqual([])
  idle.state.wants = true
  await idle.clock.advance('15s')
  expect(idle.done).toEqual([])
  for (const ready of [0, undefined]) {
    const empty = watching([{}], async () => ({ ready }))
    await empty.clock.advance('1m')
    expect(empty.done).toEqual(Array(6).fill('stats 0'))
  }
})

test('life.watchdog: an answer that comes late counts for nothing, and is waited for', async () => {
  const answer = Promise.withResolvers<Partial<Stats>>()
  const { clock, parts, done } = watching([{}], () => answer.promise)
  await clock.advance('1m')
  parts[0]!.delivered++
  answer.resolve({ ready: 5 })
  await clock.settle()
  expect(done).toEqual(['stats 0'])
})

test('life.watchdog: what has vanished is opened again, which tells; what cannot be asked is left alone', async () => {
  const gone = watching([{}], () => Promise.reject(new MqError('MQ_NOT_FOUND', 'gone')))
  await gone.clock.advance('11s')
  expect(gone.done).toEqual(['stats 0', 'reopen 0'])
  const down = watching([{}], () => Promise.reject(new Error('down')))
  await down.clock.advance('11s')
  expect(down.done).toEqual(['stats 0'])
})

test('close.exits: a watchdog that is stopped leaves no timer', async () => {
  const { clock, watchdog, done } = watching()
  await clock.advance('11s')
  watchdog.stop()
  done.length = 0
  await clock.advance('1m')
  expect([done, clock.timers]).toEqual([[], 0])
})
