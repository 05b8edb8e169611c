import { describe, expect, it } from 'vitest'
import type { Fact } from '../facts.ts'
import { ledgerFaults } from './ledger.ts'
import { longDay, run } from './made-up.ts'

const EXPECTED = longDay()
const ROWS = [...EXPECTED.orders.keys()].map((id): Fact => ({ fact: 'booked', id, cents: 600 }))
const BATCH = ['o-1', 'o-2'].map((id) => run('accounting', id, { call: 7 }))
const REFUSED: Fact = { fact: 'not booked', ids: ['o-1', 'o-2'] }

const faultsOf = (...facts: readonly Fact[]): string[] => ledgerFaults(EXPECTED, facts)

describe('the ledger', () => {
  it('has each order once though a batch failed', () => {
    expect(faultsOf(...ROWS, ...BATCH, REFUSED)).toEqual([])
  })

  it('must not lack an order, or have it twice, or with another amount, or one that nobody placed', () => {
    expect(faultsOf(...ROWS.slice(1), ...BATCH, REFUSED)).toEqual(['order o-1 is not in the ledger'])
    expect(faultsOf(...ROWS, ROWS[4]!, ...BATCH, REFUSED)).toEqual(['order o-5 is 2 times in the ledger'])
    const wrong: Fact = { fact: 'booked', id: 'o-1', cents: 6 }
    expect(faultsOf(...ROWS.slice(1), wrong, ...BATCH, REFUSED)).toEqual([
      'order o-1 is in the ledger with 6 cents instead of 600',
    ])
    expect(faultsOf(...ROWS, { fact: 'booked', id: 'x', cents: 1 }, ...BATCH, REFUSED)).toEqual([
      'order x is in the ledger, but the order file knows no such order',
    ])
  })

  it('proves nothing without batches, or without one that failed', () => {
    const singles = [
      run('accounting', 'o-1'),
      run('accounting', 'o-2'),
      run('accounting', 'o-1', { worker: 'v', call: 7 }),
    ]
    expect(faultsOf(...ROWS, ...singles, REFUSED)).toEqual(['no batch had more than 1 orders'])
    expect(faultsOf(...ROWS, ...BATCH)).toEqual(['no batch of several orders was refused by the ledger'])
    expect(faultsOf(...ROWS, ...BATCH, { fact: 'not booked', ids: ['o-1'] })).toHaveLength(1)
  })

  it('wants no batches of a short day', () => {
    expect(ledgerFaults(longDay(50), ROWS.slice(0, 50))).toEqual([])
  })
})
