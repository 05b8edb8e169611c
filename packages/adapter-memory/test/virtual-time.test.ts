import { queue, type } from '@anymq/core'
import { seededRandomness } from '@anymq/core/testing'
import { expect, test } from 'vitest'
import { world } from './world.ts'

test('retry.backoff: in virtual time the default backoff ends, never early, whatever its jitter', async () => {
  const orders = queue('orders', { schema: type<number>() })
  for (let seed = 1; seed <= 50; seed++) {
    const { broker, clock, events } = world([orders])
    const b = await broker({ random: seededRandomness(seed) })
    const runs: number[] = []
    b.consumer(orders).subscribe(({ attempt }) => {
      runs.push(clock.monotonic())
      if (attempt < 5) throw new Error('not yet')
    })
    await b.producer(orders).send(seed)
    await clock.advance('5m')
    expect(runs).toHaveLength(5)
    const delays = events.flatMap((event) => (event.event === 'retry' ? [event.delay] : []))
    const gaps = runs.slice(1).map((at, index) => at - runs[index]!)
    for (const [index, gap] of gaps.entries()) {
      expect(gap).toBeGreaterThanOrEqual(delays[index]!)
      expect(gap).toBeLessThan(delays[index]! + 20)
    }
  }
})
