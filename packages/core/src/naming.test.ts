import fc from 'fast-check'
import { expect, test } from 'vitest'
import { addressProblem, isName, isStructural, LONGEST_ADDRESS, naming } from './naming.ts'

/** Names that look like each other and like the parts of physical names. */
const TRICKY = [
  'a',
  'b',
  'a-b',
  'a-dead',
  'dead',
  'dead-a',
  'delay',
  'a-g-b',
  'g-b',
  'g',
  'g-',
  'b-dead',
  'l-a',
  's-0',
  'a-g',
  '0',
]
const NAMES = TRICKY.filter((given) => isName(given))
const LEGAL = NAMES.filter((given) => !isStructural(given))

test('name.structure: no two things have one address, in one namespace or in two', () => {
  const identities = new Map<string, string>()
  const claim = (address: string, ...identity: readonly unknown[]): void => {
    const own = JSON.stringify(identity)
    expect(`${address}: ${identities.get(address) ?? own}`).toBe(`${address}: ${own}`)
    identities.set(address, own)
  }
  for (const namespace of [undefined, ...LEGAL]) {
    const names = naming(namespace)
    for (const topic of LEGAL) {
      claim(names.destination(topic), namespace, topic)
      claim(names.dead(names.destination(topic)), namespace, topic, 'dead')
      for (const name of NAMES) {
        claim(names.group(names.destination(topic), name), namespace, topic, { group: name })
        claim(names.dead(names.group(names.destination(topic), name)), namespace, topic, { group: name }, 'dead')
      }
    }
  }
  expect(identities.size).toBeGreaterThan(3000)
})

test('name.word: words of a-z and 0-9 joined by single -, at most 48 characters', () => {
  const letters = fc.string({ unit: fc.constantFrom(...'ab09-A._é '), maxLength: 60 })
  fc.assert(
    fc.property(fc.oneof(letters, fc.constantFrom(...TRICKY), fc.anything()), (given) => {
      const isWord =
        typeof given === 'string' && given.length <= 48 && given.split('-').every((part) => /^[a-z0-9]+$/.test(part))
      expect(isName(given)).toBe(isWord)
    }),
  )
  expect([isName('a'.repeat(48)), isName('a'.repeat(49)), isName('a\n')]).toEqual([true, false, false])
})

test('name.structural-refused: only what could be a part of a physical name', () => {
  expect(['dead', 'delay', 'l-vip', 's-3', 'g-payment'].filter(isStructural)).toHaveLength(5)
  expect(['deadline', 'delays', 'dead-letters', 'l', 'sl-3', 'gg-x', 'orders'].filter(isStructural)).toEqual([])
})

test('name.composed-limit: 80 characters, or fewer where the broker has less room', () => {
  fc.assert(
    fc.property(fc.nat(120), fc.nat(120), (length, limit) => {
      const problem = addressProblem('queue "x"', 'a'.repeat(length), limit)
      const longest = Math.min(limit, LONGEST_ADDRESS)
      if (length <= longest) expect(problem).toBeUndefined()
      else
        expect(problem).toEqual({
          path: 'queue "x"',
          message: expect.stringContaining(`has ${length} characters; ${longest} are allowed`) as string,
        })
    }),
  )
})
