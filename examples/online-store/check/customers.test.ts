import { describe, expect, it } from 'vitest'
import { GROUPS, type Fact } from '../facts.ts'
import { customerFaults } from './customers.ts'
import type { Expected } from './expected.ts'
import { again, done, expectedOfOrders, ORDER, run } from './made-up.ts'

const A = { ...ORDER, id: 'o-1' }
const B = { ...ORDER, id: 'o-2' }
const C = { ...ORDER, id: 'o-3' }
const OTHER = { ...ORDER, id: 'o-9', customer: 'c-9' }
const EXPECTED = expectedOfOrders([A, OTHER, B, C])

/** A handler of the inventory, from one time to another. */
const handled = (id: string, from: number, to: number, worker = 'w'): Fact[] => [
  run('inventory', id, { at: from, worker }),
  done('inventory', id, { at: to, worker }),
]

const faultsOf = (facts: readonly Fact[], expected: Expected = EXPECTED): string[] => customerFaults(expected, facts)

describe('order per customer', () => {
  it('is kept where one comes after the other, whatever other customers do', () => {
    const day = [
      ...handled('o-1', 0, 10),
      ...handled('o-9', 5, 25),
      ...handled('o-2', 10, 20),
      ...handled('o-3', 20, 30),
    ]
    expect(faultsOf(day)).toEqual([])
  })

  it('is broken by one that overtakes, in any group', () => {
    for (const step of GROUPS) {
      const facts = [run(step, 'o-2', { at: 0 }), done(step, 'o-2', { at: 1 }), run(step, 'o-1', { at: 2 })]
      expect(faultsOf(facts)).toEqual([
        `order o-2 of c-1 started in ${step} when o-1 was next`,
        `order o-1 of c-1 started in ${step} when o-3 was next`,
      ])
    }
  })

  it('goes by the clock and not by the order of the reports', () => {
    expect(faultsOf([...handled('o-2', 10, 20, 'v'), ...handled('o-1', 0, 10)])).toEqual([])
  })

  it('is broken by two handlers at once, in any workers', () => {
    expect(faultsOf([...handled('o-1', 0, 10, 'v'), ...handled('o-2', 9, 20)])).toEqual([
      'orders o-1 and o-2 of c-1 were handled at once in inventory, for 1.0 ms',
    ])
    expect(faultsOf([...handled('o-1', 0, 30), ...handled('o-2', 10, 20), ...handled('o-3', 25, 40)])).toHaveLength(2)
  })

  it('takes a handler without an end for one that still runs, unless its worker died or its lease was lost', () => {
    const cutOff = [run('inventory', 'o-1', { at: 0, worker: 'v' })]
    const heir = [...handled('o-1', 20, 30), ...handled('o-2', 30, 40)]
    expect(faultsOf([...cutOff, ...heir])).toHaveLength(2)
    expect(faultsOf([...cutOff, again('inventory', 'o-1', 'crash', 15), ...heir])).toEqual([])
    expect(faultsOf([...cutOff, again('inventory', 'o-1', 'lease lost', 19), ...heir])).toEqual([])
    expect(faultsOf([...cutOff, again('inventory', 'o-1', 'crash', 25), ...heir])).toHaveLength(1)
  })

  it('lets a crash repeat from some order on, in order, and nothing else', () => {
    const first = [...handled('o-1', 0, 10), ...handled('o-2', 10, 20)]
    const repeat = [...handled('o-1', 30, 40), ...handled('o-2', 40, 50), ...handled('o-3', 50, 60)]
    const crash = again('inventory', 'o-1', 'crash', 20)
    expect(faultsOf([...first, crash, ...repeat])).toEqual([])
    expect(faultsOf([...first, ...repeat])).toEqual(['order o-1 of c-1 started in inventory when o-3 was next'])
    const gap = [...handled('o-1', 30, 40), ...handled('o-3', 40, 50)]
    expect(faultsOf([...first, crash, ...gap])).toEqual(['order o-3 of c-1 started in inventory when o-2 was next'])
  })

  it('lets a batch hold several of them, and start again from the one that failed', () => {
    const batch = (from: number, ...ids: string[]): Fact[] =>
      ids.map((id, index) => run('accounting', id, { at: from + index, call: from }))
    const ends = (at: number, ...ids: string[]): Fact[] => ids.map((id) => done('accounting', id, { at }))
    const failed: Fact[] = ['o-1', 'o-2'].map((id) => ({ fact: 'failed', step: 'accounting', id, worker: 'w', at: 10 }))
    const second = [...batch(20, 'o-1', 'o-2', 'o-3'), ...ends(30, 'o-1', 'o-2', 'o-3')]
    const causes = [again('accounting', 'o-1', 'retry', 10), again('accounting', 'o-2', 'given back', 10)]
    expect(faultsOf([...batch(0, 'o-1', 'o-2'), ...failed, ...causes, ...second])).toEqual([])
    expect(faultsOf([...batch(0, 'o-1', 'o-2'), ...failed, ...second])).toEqual([
      'order o-1 of c-1 started in accounting when o-3 was next',
    ])
    expect(faultsOf([...batch(0, 'o-2', 'o-1')])).toHaveLength(2)
  })

  it('expects what was repaired where it was sent back', () => {
    const poisoned = [{ line: 1, id: 'o-1', problem: 'malformed', order: A } as const]
    const expected = expectedOfOrders([A, B, C], { poisoned })
    const sentBack = again('intake', 'line-1', 'redrive', 30)
    const late = [...handled('o-2', 0, 10), ...handled('o-3', 10, 20), sentBack, ...handled('o-1', 40, 50)]
    expect(faultsOf(late, expected)).toEqual([])
    const early = [...handled('o-1', 0, 10), ...handled('o-2', 10, 20), ...handled('o-3', 20, 30), sentBack]
    expect(faultsOf(early, expected)).not.toEqual([])
  })

  it('expects what was declined in its place, and again where it was sent back', () => {
    const payment = (id: string, from: number): Fact[] => [
      run('payment', id, { at: from }),
      done('payment', id, { at: from + 5 }),
    ]
    const day = [...payment('o-1', 0), ...payment('o-2', 10), ...payment('o-3', 20)]
    const sentBack = again('payment', 'o-1', 'redrive', 30)
    expect(faultsOf([...day, sentBack, ...payment('o-1', 40)])).toEqual([])
    expect(faultsOf([...day, ...payment('o-1', 40)])).toEqual(['order o-1 of c-1 started in payment after all others'])
  })

  it('leaves an order that nobody placed to others', () => {
    expect(faultsOf(handled('o-77', 0, 1))).toEqual([])
  })
})
