import fc from 'fast-check'
import { expect, test } from 'vitest'
import { seededRandomness } from '../testing/seeded-randomness.ts'
import type { Clock } from './clock.ts'
import { uuidV7 } from './ids.ts'
import type { Randomness } from './random.ts'

const V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/
const START = Date.UTC(2026, 0, 1)

const clockAt = (read: () => number): Clock => ({
  now: read,
  monotonic: read,
  setTimer: () => ({ cancel: () => undefined }),
  soon: () => undefined,
})
const constantly = (byte: number): Randomness => ({ next: () => byte / 256, fill: (target) => void target.fill(byte) })
const millisecondOf = (id: string): number => Number.parseInt(id.replace('-', '').slice(0, 12), 16)

test('send.id: ids are UUIDv7, unique and sorted, however the clock moves', () => {
  const moves = fc.array(
    fc.record({
      by: fc.oneof(
        fc.constant(0),
        fc.integer({ min: -5000, max: 5000 }),
        fc.nat(40).map((n) => n / 10),
      ),
      ids: fc.integer({ min: 1, max: 30 }),
    }),
    { maxLength: 40, size: 'max' },
  )
  fc.assert(
    fc.property(moves, fc.integer(), (script, seed) => {
      let now = START
      let latest = 0
      const ids = uuidV7(
        clockAt(() => now),
        seededRandomness(seed),
      )
      const made: string[] = []
      for (const { by, ids: count } of script) {
        now += by
        latest = Math.max(latest, Math.floor(now))
        for (let i = 0; i < count; i++) {
          made.push(ids.next())
          expect(millisecondOf(made.at(-1)!)).toBe(latest)
        }
      }
      for (const id of made) expect(id).toMatch(V7)
      expect(made).toEqual([...new Set(made)].toSorted())
    }),
  )
})

test.for([0, 0xff])('send.id: a counter that runs over borrows the next millisecond (random bytes %i)', (byte) => {
  let now = START
  const ids = uuidV7(
    clockAt(() => now),
    constantly(byte),
  )
  const made = Array.from({ length: 150_000 }, () => ids.next())
  const perMillisecond = byte === 0 ? 0x10000 : 0x10000 - 0x7fff
  expect(made.map(millisecondOf)).toEqual(made.map((_, i) => START + Math.floor(i / perMillisecond)))
  // The clock comes to the borrowed millisecond: the line goes on, it does not start again.
  now = millisecondOf(made.at(-1)!)
  made.push(...Array.from({ length: 10 }, () => ids.next()))
  now += 1
  made.push(ids.next())
  expect(made).toEqual([...new Set(made)].toSorted())
  expect(millisecondOf(made.at(-1)!)).toBe(now)
})
