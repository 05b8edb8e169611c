import { describe, expect, test } from 'vitest'
import { memoryHarness } from '../../test/memory.ts'
import { smallCase } from '../../test/small-case.ts'
import type { Case, Profile } from '../case.ts'
import { checkLists, planOf, type Selection } from './plan.ts'

function small(id: string, profile?: Profile): Case {
  return smallCase({ id, ...(profile !== undefined && { profile }) })
}

const CATALOGUE: readonly Case[] = [
  small('send-01', 'smoke'),
  small('send-02'),
  small('send-04', 'fault'),
  small('order-01', 'smoke'),
  small('order-02', 'full'),
  small('close-01', 'soak'),
]

function chosen(selection?: Selection): readonly string[] {
  return planOf(CATALOGUE, selection).map(({ id }) => id)
}

describe('what is chosen', () => {
  test('smoke and full, where nothing is said: what stops a broker and what takes long is asked for', () => {
    expect(chosen()).toEqual(['send-01', 'send-02', 'order-01', 'order-02'])
    expect(chosen({})).toEqual(chosen())
  })

  test('a case that names no profile is of the full one', () => {
    expect(chosen({ profiles: ['full'] })).toEqual(['send-02', 'order-02'])
  })

  test('by profile', () => {
    expect(chosen({ profiles: ['smoke'] })).toEqual(['send-01', 'order-01'])
    expect(chosen({ profiles: ['soak', 'fault'] })).toEqual(['send-04', 'close-01'])
  })

  test('by area, and of that what is usual', () => {
    expect(chosen({ areas: ['order'] })).toEqual(['order-01', 'order-02'])
    expect(chosen({ areas: ['send'] })).toEqual(['send-01', 'send-02'])
  })

  test('by area and profile: what is in both', () => {
    expect(chosen({ areas: ['send', 'close'], profiles: ['fault'] })).toEqual(['send-04'])
  })

  test('by id, whatever its profile, and in the order of the catalogue', () => {
    expect(chosen({ cases: ['close-01', 'send-04', 'send-01'] })).toEqual(['send-01', 'send-04', 'close-01'])
    expect(chosen({ cases: ['close-01'], profiles: ['smoke'] })).toEqual(['close-01'])
  })

  test('by id and area: what is in both', () => {
    expect(chosen({ cases: ['close-01', 'send-04'], areas: ['send'] })).toEqual(['send-04'])
  })
})

describe('what cannot be chosen', () => {
  test('an id that is no case: told with the ids that there are', () => {
    expect(() => chosen({ cases: ['send-01', 'send-03', 'sned-01'] })).toThrow(
      'the selection: there is no case send-03, sned-01; there are send-01 to send-04, order-01 to order-02, close-01 to close-01',
    )
  })

  test.for<[string, Selection]>([
    ['an area and a profile that have none in common', { areas: ['order'], profiles: ['fault'] }],
    ['an area without a case', { areas: ['retry'] }],
    ['an empty list of ids', { cases: [] }],
    ['an empty list of areas', { areas: [] }],
    ['an empty list of profiles', { profiles: [] }],
  ])('nothing: %s', ([, selection]) => {
    expect(() => chosen(selection)).toThrow('the selection leaves no case')
  })
})

describe('the lists of a harness', () => {
  test('there are none, or they name cases', () => {
    expect(() => checkLists(CATALOGUE, memoryHarness())).not.toThrow()
    const listed = { ...memoryHarness(), known: { 'send-01': 'slow' }, unproven: { 'close-01': 'no second process' } }
    expect(() => checkLists(CATALOGUE, listed)).not.toThrow()
  })

  test.for(['known', 'unproven'] as const)('%s names what is no case', (list) => {
    const listed = { ...memoryHarness(), [list]: { 'send-01': 'so', 'send-99': 'so' } }
    expect(() => checkLists(CATALOGUE, listed)).toThrow(`${list}: there is no case send-99; there are send-01 to`)
  })
})
