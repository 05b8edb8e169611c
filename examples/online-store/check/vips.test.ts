import { describe, expect, it } from 'vitest'
import type { Fact } from '../facts.ts'
import { longDay, run } from './made-up.ts'
import { parcelFaults, vipFaults } from './vips.ts'

const EXPECTED = longDay()
const IDS = [...EXPECTED.orders.keys()]
const OPENING: Fact = { fact: 'opens', step: 'fulfilment', at: 1000 }

/** A backlog, the opening, and each parcel packed after the wait that is given. */
function day(waitOf: (vip: boolean) => number, ids: readonly string[] = IDS): Fact[] {
  const entered = ids.map((id): Fact => ({ fact: 'entered', step: 'fulfilment', id }))
  const at = (id: string): number => 1000 + waitOf(EXPECTED.orders.get(id)!.vip)
  return [...entered, OPENING, ...ids.map((id) => run('fulfilment', id, { at: at(id) }))]
}

describe('VIPs', () => {
  it('come first', () => {
    expect(
      vipFaults(
        EXPECTED,
        day((vip) => (vip ? 49 : 100)),
      ),
    ).toEqual([])
  })

  it('must not wait for half as long as others', () => {
    expect(
      vipFaults(
        EXPECTED,
        day((vip) => (vip ? 50 : 100)),
      ),
    ).toEqual(['VIPs waited 50 ms, others 100 ms: that is not less than half'])
    expect(
      vipFaults(
        EXPECTED,
        day(() => 70),
      ),
    ).toHaveLength(1)
  })

  it('are measured in a backlog of a hundred at least', () => {
    const fast = (vip: boolean): number => (vip ? 1 : 100)
    expect(vipFaults(EXPECTED, day(fast, IDS.slice(0, 99)))).toEqual([
      'only 99 parcels waited together; 100 are needed',
    ])
    expect(vipFaults(EXPECTED, day(fast, IDS.slice(0, 100)))).toEqual([])
  })

  it('are not measured by what came later, or ran again', () => {
    const late: Fact = { fact: 'entered', step: 'fulfilment', id: 'o-1' }
    const facts = [...day((vip) => (vip ? 49 : 100), IDS.slice(1)), late, run('fulfilment', 'o-1', { at: 9000 })]
    expect(vipFaults(EXPECTED, [...facts, run('fulfilment', 'o-5', { at: 9000 })])).toEqual([])
  })

  it('want an opening, and both kinds', () => {
    expect(vipFaults(EXPECTED, [])).toEqual(['fulfilment never opened'])
    const others = IDS.filter((id) => !EXPECTED.orders.get(id)!.vip)
    expect(
      vipFaults(
        EXPECTED,
        day(() => 1, others),
      ),
    ).toEqual(['of the parcels that waited none was shipped, or all are alike'])
  })

  it('are not asked for on a short day', () => {
    expect(vipFaults(longDay(149), [])).toEqual([])
  })
})

describe('parcels', () => {
  it('are one for each order', () => {
    const all = IDS.map((id): Fact => ({ fact: 'shipped', id }))
    expect(parcelFaults(EXPECTED, all)).toEqual([])
    expect(parcelFaults(EXPECTED, all.slice(1))).toEqual(['order o-1: 0 parcels'])
    expect(parcelFaults(EXPECTED, [...all, all[1]!])).toEqual(['order o-2: 2 parcels'])
    expect(parcelFaults(EXPECTED, [...all, { fact: 'shipped', id: 'x' }])).toEqual([
      'order x: a parcel was shipped, but the order file knows no such order',
    ])
  })
})
