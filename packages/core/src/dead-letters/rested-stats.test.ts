import { expect, test } from 'vitest'
import { fakeTarget } from '../testing/driver-kit.ts'
import { TestClock } from '../testing/test-clock.ts'
import type { Driver } from '../spi/driver.ts'
import type { Stats } from '../spi/messages.ts'
import { restedStats } from './rested-stats.ts'

/** A broker that tells a count only `late` milliseconds after it came to be. */
function counting(statsLag: number, late: number) {
  const clock = new TestClock()
  const since = clock.monotonic()
  const asked: number[] = []
  const stats = async (): Promise<Stats> => {
    const age = clock.monotonic() - since
    asked.push(age)
    return { ready: age < late ? 0 : 3, leased: undefined, delayed: undefined, oldest: undefined }
  }
  const driver = { manifest: { statsLag }, stats } as unknown as Driver
  const ask = async (): Promise<number | undefined> => {
    const answer = restedStats(driver, fakeTarget('queue', 'orders.dead'), clock)
    await clock.advance('1s')
    return (await answer).ready
  }
  return { ask, asked }
}

test('dead.peek: a broker that counts late is asked when it has caught up', async () => {
  const { ask, asked } = counting(100, 60)
  expect([await ask(), asked]).toEqual([3, [100]])
})

test('dead.peek: an empty answer of such a broker is doubted once', async () => {
  const { ask, asked } = counting(100, 150)
  expect([await ask(), asked]).toEqual([3, [100, 200]])
})

test('a broker that counts at once is asked once, at once', async () => {
  const { ask, asked } = counting(0, 50)
  expect([await ask(), asked]).toEqual([0, [0]])
})
