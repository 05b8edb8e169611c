import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Ring } from './ring.ts'

interface Step {
  readonly verb: 'push' | 'unshift' | 'shift' | 'clear'
  readonly times: number
}

const steps = fc.array(
  fc.record<Step>({
    verb: fc.constantFrom('push', 'push', 'unshift', 'shift', 'shift', 'clear'),
    times: fc.integer({ min: 1, max: 40 }),
  }),
  { maxLength: 60, size: 'max' },
)

test('a ring behaves as an array does, whatever is pushed, taken and put back', () => {
  fc.assert(
    fc.property(steps, (script) => {
      const ring = new Ring<number>()
      const model: number[] = []
      let next = 0
      const verbs = {
        push: () => ring.push(model.at(model.push(next++) - 1)!),
        unshift: () => {
          model.unshift(next)
          ring.unshift(next++)
        },
        shift: () => expect(ring.shift()).toBe(model.shift()),
        clear: () => {
          model.length = 0
          ring.clear()
        },
      }
      for (const { verb, times } of script) {
        for (let i = 0; i < times; i++) verbs[verb]()
        expect(ring.length).toBe(model.length)
        expect(ring.peek()).toBe(model.at(0))
        expect(model.map((_, index) => ring.at(index))).toEqual(model)
        expect([ring.at(-1), ring.at(model.length)]).toEqual([undefined, undefined])
      }
    }),
  )
})

test('a burst of 200,000 comes out in order, and so does the next one', () => {
  const ring = new Ring<number>()
  for (let round = 0; round < 2; round++) {
    for (let i = 0; i < 200_000; i++) ring.push(i)
    let inOrder = true
    for (let i = 0; i < 200_000; i++) inOrder &&= ring.shift() === i
    expect([inOrder, ring.shift()]).toEqual([true, undefined])
  }
})
