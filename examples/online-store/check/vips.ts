import { factsOf, type Fact } from '../facts.ts'
import { compare } from './compare.ts'
import { isShortDay, type Expected } from './expected.ts'

/** So many parcels must have waited together for a median to say anything. */
const BACKLOG = 100

/** Of the parcels that waited when fulfilment opened, those of VIPs waited from then on for less than half as long as others. */
export function vipFaults(expected: Expected, facts: readonly Fact[]): string[] {
  if (isShortDay(expected)) return []
  const opening = factsOf(facts, 'opens')[0]
  if (opening === undefined) return ['fulfilment never opened']
  const backlog = waitingAt(opening, facts)
  if (backlog.size < BACKLOG) return [`only ${backlog.size} parcels waited together; ${BACKLOG} are needed`]
  const waits = waitsOf(backlog, opening.at, facts)
  const isVip = (id: string): boolean => expected.orders.get(id)?.vip === true
  const vips = median([...waits].flatMap(([id, wait]) => (isVip(id) ? [wait] : [])))
  const others = median([...waits].flatMap(([id, wait]) => (isVip(id) ? [] : [wait])))
  if (vips === undefined || others === undefined)
    return ['of the parcels that waited none was shipped, or all are alike']
  if (vips < others / 2) return []
  return [`VIPs waited ${vips.toFixed(0)} ms, others ${others.toFixed(0)} ms: that is not less than half`]
}

/** One parcel for each order. */
export function parcelFaults(expected: Expected, facts: readonly Fact[]): string[] {
  return compare({
    expected: expected.orders.keys(),
    found: factsOf(facts, 'shipped'),
    expectedKey: (id) => id,
    foundKey: ({ id }) => id,
    faults: (id, parcels) => (parcels.length === 1 ? [] : [`order ${id}: ${parcels.length} parcels`]),
    invented: ({ id }) => `order ${id}: a parcel was shipped, but the order file knows no such order`,
  })
}

function waitingAt(opening: Fact, facts: readonly Fact[]): ReadonlySet<string> {
  const before = factsOf(facts.slice(0, facts.indexOf(opening)), 'entered')
  return new Set(before.flatMap(({ step, id }) => (step === 'fulfilment' ? [id] : [])))
}

/** Milliseconds from the opening to the first run of each. */
function waitsOf(ids: ReadonlySet<string>, since: number, facts: readonly Fact[]): ReadonlyMap<string, number> {
  const waits = new Map<string, number>()
  for (const { step, id, at } of factsOf(facts, 'run')) {
    if (step === 'fulfilment' && ids.has(id) && !waits.has(id)) waits.set(id, at - since)
  }
  return waits
}

function median(values: readonly number[]): number | undefined {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]
}
