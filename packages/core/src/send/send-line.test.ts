import fc from 'fast-check'
import { expect, test } from 'vitest'
import { OutgoingMessage } from './outgoing-message.ts'
import { SendLine } from './send-line.ts'

const TICKET = { sent: () => undefined, failed: () => undefined }

function message(index: number, key: string | undefined): OutgoingMessage {
  return new OutgoingMessage(`m-${index}`, new Uint8Array(1), {}, key, undefined, 0, undefined, TICKET, index, 1000, 1)
}

test('send.key-order: whatever is cut, tried again or given up, one message of a key at a time is out, and each key in order', () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(fc.constantFrom('a', 'b', undefined)), { maxLength: 60 }),
      fc.array(fc.tuple(fc.integer({ min: 1, max: 5 }), fc.nat(2)), { minLength: 100, maxLength: 100 }),
      (keys, steps) => {
        const line = new SendLine(true)
        keys.forEach((key, index) => line.push(message(index, key)))
        const decided: OutgoingMessage[] = []
        for (const [size, luck] of steps) {
          const batch: OutgoingMessage[] = []
          for (let next = line.peek(); next !== undefined && batch.length < size; next = line.peek())
            batch.push(line.shift()!)
          const keyed = batch.flatMap(({ key }) => key ?? [])
          expect(new Set(keyed).size).toBe(keyed.length)
          if (luck === 0) {
            for (const each of batch.toReversed()) line.unshift(each)
            continue
          }
          for (const each of batch) {
            each.ticket = null
            decided.push(each)
            line.decided(each)
          }
        }
        while (line.peek() !== undefined) {
          const next = line.shift()!
          decided.push(next)
          next.ticket = null
          line.decided(next)
        }
        expect(decided).toHaveLength(keys.length)
        for (const key of ['a', 'b', undefined]) {
          const order = decided.filter((each) => each.key === key).map(({ index }) => index)
          expect(order).toEqual(order.toSorted((x, y) => x - y))
        }
      },
    ),
  )
})

test('send.key-order: one that is given up behind its key leaves the line, and the rest goes on', () => {
  const line = new SendLine(true)
  const [first, second, third] = [0, 1, 2].map((index) => message(index, 'a'))
  for (const each of [first!, second!, third!]) line.push(each)
  expect([...line.waiting()]).toEqual([first, second, third])
  second!.ticket = null
  line.decided(second!)
  expect(line.shift()).toBe(first)
  expect(line.peek()).toBeUndefined()
  line.tidy()
  first!.ticket = null
  line.decided(first!)
  expect(line.shift()).toBe(third)
})
