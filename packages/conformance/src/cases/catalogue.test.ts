import type { Definition } from '@anymq/core'
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { Area, Case } from '../case.ts'
import { catalogue } from './catalogue.ts'

const PROMISES = readFileSync(new URL('../../../../docs/guarantees.md', import.meta.url), 'utf8')
/** A promise is one list item that begins with its id; `also` in the text of another is no promise. */
const clauses = new Set(Array.from(PROMISES.matchAll(/^- \*\*`([a-z]+\.[a-z-]+)`\*\* /gm), ([, id]) => id))

/** `order: 1-17`: a gap is a case that is for later, or that was given up. Ids are never used again. */
function rangesOf(area: Area): string {
  const ranges: { readonly from: number; to: number }[] = []
  for (const number of catalogue.filter((one) => one.area === area).map(numberOf)) {
    const last = ranges.at(-1)
    if (last?.to === number - 1) last.to = number
    else ranges.push({ from: number, to: number })
  }
  return ranges.map(({ from, to }) => (from === to ? `${from}` : `${from}-${to}`)).join(', ')
}

function numberOf({ id }: Case): number {
  return Number(id.split('-')[1])
}

function nameOf(definition: Definition): string {
  return definition.kind === 'group' ? `${definition.topic.name}/${definition.name}` : definition.name
}

function idsOf(cases: readonly Case[]): readonly string[] {
  return cases.map(({ id }) => id)
}

function offenders(isGood: (one: Case) => boolean): readonly string[] {
  return idsOf(catalogue.filter((one) => !isGood(one)))
}

describe('the catalogue', () => {
  test.for<[Area, number, string]>([
    ['send', 20, '1-19, 22'],
    ['settle', 24, '1-18, 20, 22-26'],
    ['order', 17, '1-17'],
    ['dead', 20, '1-17, 19-21'],
    ['retry', 12, '1-11, 14'],
    ['close', 16, '1-16'],
  ])('%s has %i cases: %s', ([area, count, ranges]) => {
    expect(catalogue.filter((one) => one.area === area)).toHaveLength(count)
    expect(rangesOf(area)).toBe(ranges)
  })

  test('there are 109 cases, one area after the other', () => {
    expect(catalogue).toHaveLength(109)
    expect([...new Set(catalogue.map(({ area }) => area))]).toEqual([
      'send',
      'settle',
      'order',
      'dead',
      'retry',
      'close',
    ])
  })

  test('each id is an area and a number of two digits, and is there once', () => {
    expect(offenders(({ id, area }) => new RegExp(`^${area}-\\d\\d$`).test(id))).toEqual([])
    expect(new Set(idsOf(catalogue)).size).toBe(catalogue.length)
  })

  test('each title says when, and then what, and is there once', () => {
    expect(offenders(({ title }) => /^when [^,]+, .*[^.]$/s.test(title))).toEqual([])
    expect(new Set(catalogue.map(({ title }) => title)).size).toBe(catalogue.length)
  })

  test('each case says what a user is spared', () => {
    expect(offenders(({ protects }) => protects.trim().length > 10)).toEqual([])
  })

  test('each case is frozen: it is the same in every run', () => {
    expect(offenders((one) => Object.isFrozen(one))).toEqual([])
  })
})

describe('what the cases cite', () => {
  test('the page of guarantees is read as it is written', () => {
    expect(clauses).toContain('send.confirmed')
    expect(clauses.size).toBe(PROMISES.match(/^- \*\*/gm)?.length)
  })

  test('each case cites a promise, and each only once', () => {
    expect(offenders((one) => one.clauses.length > 0 && new Set(one.clauses).size === one.clauses.length)).toEqual([])
  })

  test('whatever is cited has been promised', () => {
    const unknown = catalogue.flatMap(({ id, clauses: cited }) =>
      cited.filter((clause) => !clauses.has(clause)).map((clause) => `${id}: ${clause}`),
    )
    expect(unknown).toEqual([])
  })
})

describe('what the cases use and when they run', () => {
  test('each case uses something, and no name twice', () => {
    expect(
      offenders(({ uses }) => uses.length > 0 && new Set(uses.map((one) => nameOf(one))).size === uses.length),
    ).toEqual([])
  })

  test('smoke is a small part of it, with something of each area', () => {
    const smoke = catalogue.filter(({ profile }) => profile === 'smoke')
    expect(smoke.length).toBeLessThan(catalogue.length / 5)
    expect(new Set(smoke.map(({ area }) => area)).size).toBe(6)
  })
})
