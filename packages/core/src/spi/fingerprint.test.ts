import { expect, test } from 'vitest'
import { fakeTarget } from '../testing/driver-kit.ts'
import {
  fingerprintText,
  groupsIn,
  isSameShape,
  levelsIn,
  reconciled,
  widerThan,
  type Fingerprint,
} from './fingerprint.ts'

const plain: Fingerprint = { ordered: false, shards: 0, levels: [], dedupe: false, groups: [], native: 'null' }

function text(own: Partial<Fingerprint> = {}): string {
  return fingerprintText({ ...plain, ...own })
}

function target(own: Partial<Fingerprint> = {}) {
  return fakeTarget('queue', 'prod.orders', { name: 'orders', fingerprint: text(own) })
}

test('provision.fingerprint: equal facts are equal text, in whatever order groups are listed', () => {
  expect(text({ groups: ['b', 'a'] })).toBe(text({ groups: ['a', 'b'] }))
  expect(reconciled(target(), '')).toBe(text())
  expect(reconciled(target(), text())).toBe(text())
})

test.for<[string, Partial<Fingerprint>, Partial<Fingerprint>]>([
  ['ordered', { ordered: true }, {}],
  ['shards', { ordered: true, shards: 8 }, { ordered: true, shards: 4 }],
  ['dedupe', { dedupe: true }, {}],
  ['native', { native: '{"a":1}' }, {}],
  ['levels', { levels: ['vip', 'bulk'] }, { levels: ['bulk', 'vip'] }],
  ['levels', { levels: ['vip', 'bulk'] }, {}],
])('provision.mismatch, provision.fingerprint: another %s is named with both values', ([property, wanted, found]) => {
  expect(() => reconciled(target(wanted), text(found))).toThrow(
    expect.objectContaining({
      code: 'MQ_MISMATCH',
      message: expect.stringMatching(
        new RegExp(
          `"prod.orders" exists with other properties: ${property} is .* there and .* in the definition of "orders"`,
        ),
      ) as string,
    }) as Error,
  )
})

test('provision.wider: a wider list widens what is stored, a narrower one keeps it and can tell what is more', () => {
  const wide = text({ levels: ['vip', 'normal', 'bulk'], groups: ['a', 'b'] })
  expect(reconciled(target({ levels: ['vip', 'bulk'], groups: ['a'] }), wide)).toBe(wide)
  expect(
    reconciled(
      target({ levels: ['vip', 'normal', 'bulk'], groups: ['a', 'b'] }),
      text({ levels: ['vip', 'bulk'], groups: ['b'] }),
    ),
  ).toBe(wide)
  expect(widerThan(target({ levels: ['vip', 'bulk'], groups: ['a'] }), wide)).toEqual(['level "normal"', 'group "b"'])
  expect(widerThan(target({ levels: ['vip', 'normal', 'bulk'], groups: ['a', 'b', 'c'] }), wide)).toEqual([])
})

test('provision.wider: two processes that each added a level get both', () => {
  const merged = reconciled(
    target({ levels: ['urgent', 'normal', 'bulk'] }),
    text({ levels: ['normal', 'bulk', 'idle'] }),
  )
  expect(levelsIn(merged)).toEqual(['urgent', 'normal', 'bulk', 'idle'])
})

test('provision.modes: who only verifies takes what is wider, and refuses what has less', () => {
  const wide = text({ levels: ['vip', 'normal', 'bulk'], groups: ['a', 'b'] })
  expect(reconciled(target({ levels: ['vip', 'bulk'], groups: ['a'] }), wide, 'verify')).toBe(wide)
  for (const [property, own] of [
    ['levels', { levels: ['vip', 'normal', 'low', 'bulk'], groups: ['a'] }],
    ['groups', { levels: ['vip', 'bulk'], groups: ['c'] }],
  ] as const)
    expect(() => reconciled(target(own), wide, 'verify')).toThrow(new RegExp(`${property} is .* there and`))
})

test('provision.fingerprint: a list of groups is no part of the shape', () => {
  expect(isSameShape(text({ groups: ['a'] }), text({ groups: ['b', 'c'] }))).toBe(true)
  expect(isSameShape(text({ levels: ['a', 'b'] }), text())).toBe(false)
  expect([isSameShape('', ''), isSameShape('', text()), isSameShape('not ours', 'theirs')]).toEqual([
    true,
    false,
    false,
  ])
  expect([groupsIn(text({ groups: ['a'] })), groupsIn('')]).toEqual([['a'], []])
})

test("somebody else's text is left alone", () => {
  expect(reconciled(target(), 'not ours')).toBe(text())
  expect(widerThan(target(), 'not ours')).toEqual([])
  expect(levelsIn('')).toEqual([])
})
