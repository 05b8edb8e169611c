import { expect, test } from 'vitest'
import { keyHash } from './murmur2.ts'

// The vectors of Kafka's own test of its murmur2 (UtilsTest), with the sign taken off as its partitioner does.
test.for<[string, number]>([
  ['21', -973932308],
  ['foobar', -790332482],
  ['a-little-bit-long-string', -985981536],
  ['a-little-bit-longer-string', -1486304829],
  ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
  ['abc', 479470107],
])('order.hash: the hash of "%s" is the one that Kafka clients of other makes compute', ([key, hash]) => {
  expect(keyHash(key)).toBe(hash & 0x7fffffff)
})

test('order.hash: keys spread evenly over parts', () => {
  const parts = Array.from({ length: 8 }, () => 0)
  for (let i = 0; i < 80_000; i++) parts[keyHash(`customer-${i}`) % 8]!++
  for (const count of parts) expect(Math.abs(count - 10_000)).toBeLessThan(500)
})
