import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { until } from '../world/waiting.ts'
import { realTime } from './real-time.ts'
import { TimeOver } from './time.ts'

describe('work in real time', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }))
  afterEach(() => void vi.useRealTimers())

  test('is done or rejects, and leaves no timer', async () => {
    expect(await realTime.run('the work', async () => 7, 1000)).toBe(7)
    await expect(realTime.run('the work', () => Promise.reject(new Error('broken')), 1000)).rejects.toThrow('broken')
    expect(vi.getTimerCount()).toBe(0)
  })

  test('that does not end in time is told by name', async () => {
    const running = realTime.run('the work', () => new Promise(() => undefined), 1000)
    const outcome = expect(running).rejects.toThrow(new TimeOver('the work did not end within 1000 ms'))
    await vi.advanceTimersByTimeAsync(1000)
    await outcome
  })

  test('that rejects when nobody waits for it any more harms nobody', async () => {
    const work = Promise.withResolvers<never>()
    const outcome = expect(realTime.run('the work', () => work.promise, 1000)).rejects.toThrow(TimeOver)
    await vi.advanceTimersByTimeAsync(1000)
    await outcome
    work.reject(new Error('too late'))
    // The test runner fails for a rejection that is left alone.
    await new Promise((resolve) => setImmediate(resolve))
  })

  test('an alarm rings once its time is over, unless it is cancelled', async () => {
    const alarm = realTime.alarm(1000)
    const cancelled = realTime.alarm(1000)
    cancelled.cancel()
    await vi.advanceTimersByTimeAsync(999)
    expect(alarm.rang).toBe(false)
    await vi.advanceTimersByTimeAsync(1)
    expect([alarm.rang, cancelled.rang]).toEqual([true, false])
  })
})

test('a condition is looked at again and again, and what never comes is named', async () => {
  let looks = 0
  await until(realTime, 10_000, () => ++looks === 3, 'the third look')
  expect(looks).toBe(3)
  await expect(until(realTime, 30, () => false, 'what never comes')).rejects.toThrow(
    'waited 30 ms for: what never comes',
  )
})
