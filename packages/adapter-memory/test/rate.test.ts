import { queue, type } from '@anymq/core'
import { expect, test } from 'vitest'
import { world } from './world.ts'

const jobs = queue('jobs', { schema: type<number>(), lease: '10s', timeout: '1m', concurrency: 5 })

test('consume.rate: starts come as fast as allowed and no faster, though handlers take no time', async () => {
  const { broker, clock } = world([jobs])
  const b = await broker()
  const starts: number[] = []
  b.consumer(jobs).subscribe(() => void starts.push(clock.monotonic()), { rate: { max: 3, per: '1s' } })
  await b.producer(jobs).sendBatch(Array.from({ length: 8 }, (_, body) => ({ body })))
  await clock.advance('5s')
  expect(starts).toEqual([0, 0, 0, 1000, 1000, 1000, 2000, 2000])
})

test('consume.rate: it slides, so that two windows never add up; and concurrency holds besides', async () => {
  const { broker, clock } = world([jobs])
  const b = await broker()
  const starts: number[] = []
  b.consumer(jobs).subscribe(
    async () => {
      starts.push(clock.monotonic())
      await new Promise<void>((resolve) => clock.setTimer(resolve, 100))
    },
    { rate: { max: 2, per: '1s' }, concurrency: 1 },
  )
  await clock.advance('950ms')
  await b.producer(jobs).sendBatch(Array.from({ length: 4 }, (_, body) => ({ body })))
  await clock.advance('5s')
  expect(starts).toEqual([950, 1050, 1950, 2050])
})

test('consume.rate: what it holds back stays under lease for ever so long, with one delivery each', async () => {
  const { broker, clock } = world([jobs])
  const b = await broker()
  const seen: string[] = []
  b.consumer(jobs).subscribe(({ body, attempt }) => void seen.push(`${body}:${attempt}`), {
    rate: { max: 1, per: '1h' },
  })
  await b.producer(jobs).sendBatch([1, 2, 3].map((body) => ({ body })))
  await clock.advance('3h')
  expect(seen).toEqual(['1:1', '2:1', '3:1'])
})

test('consume.rate: bad rates are refused by name', async () => {
  const { broker } = world([jobs])
  const b = await broker()
  for (const [rate, message] of [
    [{ max: 0, per: '1s' }, /options > rate.max: is 0; give a whole number from 1 to 100000/],
    [{ max: 1 }, /options > rate.per: is undefined; give milliseconds/],
    [{ max: 1, per: 0 }, /options > rate.per: is 0/],
    [{ max: 1, per: '1s', burst: 5 }, /options > rate.burst: is an unknown field; the fields are max, per/],
    [5, /options > rate: is 5; give an object/],
  ] as const)
    expect(() => b.consumer(jobs).subscribe(() => undefined, { rate: rate as never })).toThrow(message)
})
