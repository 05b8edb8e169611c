import { TestClock } from '@anymq/core/testing'
import { beforeEach, describe, expect, test } from 'vitest'
import { until, within } from '../world/waiting.ts'
import { VirtualTime } from './virtual-time.ts'

const HOUR = 3_600_000
const never = (): Promise<never> => new Promise(() => undefined)

let clock: TestClock
let time: VirtualTime
beforeEach(() => {
  clock = new TestClock()
  time = new VirtualTime(clock)
})

function run<T>(work: () => Promise<T>, limit = HOUR): Promise<T> {
  return time.run('the work', work, limit)
}

describe('work', () => {
  test('is done, and time stands still where nobody waits', async () => {
    expect(await run(async () => 7)).toBe(7)
    expect(time.now()).toBe(0)
  })

  test('that rejects, rejects', async () => {
    await expect(run(() => Promise.reject(new Error('broken')))).rejects.toThrow('broken')
    const later = async (): Promise<never> => {
      await time.sleep(500)
      throw new Error('broken later')
    }
    await expect(run(later)).rejects.toThrow('broken later')
    expect(time.now()).toBe(500)
  })

  test('that sleeps takes as long as it sleeps, side by side as much as the longest', async () => {
    await run(() => Promise.all([time.sleep(1000), time.sleep(60_000)]))
    expect(time.now()).toBe(60_000)
  })

  test('that takes longer than its limit is told by name', async () => {
    const stop = new AbortController()
    const long = run(async () => {
      while (!stop.signal.aborted) await time.sleep(60_000)
    })
    await expect(long).rejects.toThrow('the work did not end within 3600000 ms of virtual time')
    stop.abort()
    expect(time.now()).toBe(HOUR)
  })

  test('that waits for what nobody will do is told', async () => {
    await expect(run(never)).rejects.toThrow('the work waits for something, and nothing is left that could happen')
  })

  test('that waits for something outside of this time goes on when that has come', async () => {
    const outside = new Promise<number>((resolve) => void setTimeout(() => resolve(7), 20))
    expect(await run(() => outside)).toBe(7)
    expect(time.now()).toBe(0)
  })
})

describe('a condition', () => {
  test('is looked at when a timer of somebody has fired, not by the clock', async () => {
    let isThere = false
    clock.setTimer(() => (isThere = true), 1234)
    await run(() => until(time, HOUR, () => isThere, 'it'))
    expect(time.now()).toBe(1234)
  })

  test('that another one makes true is seen without time', async () => {
    let step = 0
    const second = until(time, HOUR, () => step === 2, 'the second step')
    const first = until(time, HOUR, () => step === 1, 'the first step').then(() => (step = 2))
    clock.setTimer(() => (step = 1), 10)
    await run(() => Promise.all([first, second]))
    expect(time.now()).toBe(10)
  })

  test('is looked at again where another has come true and the next one waits in its place', async () => {
    const done = new Set<string>()
    const second = until(time, HOUR, () => done.has('first'), 'the second').then(() => time.now())
    const first = until(time, HOUR, () => done.has('begun'), 'the first').then(() => {
      done.add('first')
      return until(time, HOUR, () => done.has('over'), 'the end')
    })
    clock.setTimer(() => done.add('begun'), 10)
    clock.setTimer(() => done.add('over'), 500)
    const [at] = await run(() => Promise.all([second, first]))
    expect([at, time.now()]).toEqual([10, 500])
  })

  test('that never comes true is named after as long as was said, and as it is by then', async () => {
    let seen = 0
    clock.setTimer(() => seen++, 100)
    const waiting = until(
      time,
      5000,
      () => seen === 2,
      () => `two; there was ${seen}`,
    )
    await expect(run(() => waiting)).rejects.toThrow('waited 5000 ms for: two; there was 1')
    expect(time.now()).toBe(5000)
  })

  test('that throws ends the waiting, and leaves no alarm', async () => {
    const broken = (): boolean => {
      throw new Error('cannot be read')
    }
    await expect(run(() => until(time, 5000, broken, 'it'))).rejects.toThrow('cannot be read')
    expect([clock.timers, time.timersLeft]).toEqual([0, 0])
  })

  test('of a promise: it settles, rejects, or is named', async () => {
    const late = time.sleep(300).then(() => 7)
    expect(await run(() => within(time, 1000, late, 'the seven'))).toBe(7)
    await expect(run(() => within(time, 1000, Promise.reject(new Error('no')), 'it'))).rejects.toThrow('no')
    await expect(run(() => within(time, 1000, never(), 'the answer'))).rejects.toThrow('waited 1000 ms for: the answer')
  })
})

describe('timers that are left', () => {
  test('are those of others: neither sleeps nor alarms of the case count', async () => {
    void time.sleep(HOUR)
    const alarm = time.alarm(HOUR)
    expect([clock.timers, time.timersLeft]).toEqual([2, 0])
    const timer = clock.setTimer(() => undefined, HOUR)
    expect(time.timersLeft).toBe(1)
    timer.cancel()
    alarm.cancel()
    expect([clock.timers, time.timersLeft]).toEqual([1, 0])
  })

  test('are counted rightly when sleeps and alarms are over', async () => {
    const alarm = time.alarm(100)
    await run(() => time.sleep(200))
    expect(alarm.rang).toBe(true)
    alarm.cancel()
    expect([clock.timers, time.timersLeft]).toEqual([0, 0])
  })
})
