import fc from 'fast-check'
import { expect, test } from 'vitest'
import { addressProblem, isName, isStructural, LONGEST_ADDRESS, naming } from './naming.ts'

const word = fc.string({ unit: fc.constantFrom(...'abz059'), minLength: 1, maxLength: 4 })
/** Names that look like each other and like the parts of physical names. */
const name = fc.oneof(
  fc.array(word, { minLength: 1, maxLength: 3 }).map((words) => words.join('-')),
  fc.constantFrom('dead', 'delay', 'g-a', 'l-a', 's-0', 'a', 'a-dead', 'a-g-b', 'dead-a', 'delayed', 'g', 'l', 's'),
)
const legal = name.filter((given) => isName(given) && !isStructural(given))

test('name.structure: no two things have one address, in one namespace or in two', () => {
  const thing = fc.record({
    namespace: fc.option(legal, { nil: undefined }),
    kind: fc.constantFrom('destination', 'group'),
    dead: fc.boolean(),
    topic: legal,
    name,
  })
  const addressOf = (given: {
    namespace: string | undefined
    kind: string
    dead: boolean
    topic: string
    name: string
  }): string => {
    const names = naming(given.namespace)
    const address = given.kind === 'group' ? names.group(given.topic, given.name) : names.destination(given.topic)
    return given.dead ? names.dead(address) : address
  }
  const identityOf = ({ namespace, kind, dead, topic, name: of }: Parameters<typeof addressOf>[0]): string =>
    JSON.stringify([namespace, kind, dead, topic, kind === 'group' ? of : ''])
  fc.assert(
    fc.property(fc.array(thing, { minLength: 2, maxLength: 60 }), (things) => {
      const identities = new Map<string, string>()
      for (const each of things) {
        const address = addressOf(each)
        expect(identities.get(address) ?? identityOf(each)).toBe(identityOf(each))
        identities.set(address, identityOf(each))
      }
    }),
  )
})

test('name.word: words of a-z and 0-9 joined by single -, at most 48 characters', () => {
  const letters = fc.string({ unit: fc.constantFrom(...'ab09-A._é '), maxLength: 60 })
  fc.assert(
    fc.property(fc.oneof(letters, name, fc.anything()), (given) => {
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
