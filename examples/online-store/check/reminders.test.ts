import { describe, expect, it } from 'vitest'
import type { Fact } from '../facts.ts'
import type { Evidence } from './evidence.ts'
import { expectedOfOrders, run } from './made-up.ts'
import { reminderFaults } from './reminders.ts'

const CART = { id: 'cart-1', line: 1, customer: 'c-1', email: 'c-1@customers.example', delay: 500 }
const EXPECTED = expectedOfOrders([], { carts: [CART] })
const LEFT = { fact: 'abandoned', id: 'cart-1', delay: 500, at: 100 } as const

const faultsOf = (...facts: Fact[]): string[] =>
  reminderFaults(EXPECTED, { facts, delayTolerance: 20 } as unknown as Evidence)

describe('reminders', () => {
  it('come when they are due, or within the bound', () => {
    expect(faultsOf(LEFT, run('reminders', 'cart-1', { at: 600 }))).toEqual([])
    expect(faultsOf(LEFT, run('reminders', 'cart-1', { at: 1620 }))).toEqual([])
  })

  it('are never early, as far as whole milliseconds tell', () => {
    expect(faultsOf(LEFT, run('reminders', 'cart-1', { at: 599.1 }))).toEqual([])
    expect(faultsOf(LEFT, run('reminders', 'cart-1', { at: 599 }))).toEqual(['cart-1: the reminder came 1.0 ms early'])
  })

  it('are not late by more than the bound, which states what the broker says of itself', () => {
    expect(faultsOf(LEFT, run('reminders', 'cart-1', { at: 1621 }))).toEqual([
      'cart-1: the reminder came 1021 ms late; 1020 ms are allowed',
    ])
  })

  it('are judged by the first run', () => {
    const twice = [run('reminders', 'cart-1', { at: 610 }), run('reminders', 'cart-1', { at: 9000 })]
    expect(faultsOf(LEFT, ...twice)).toEqual([])
  })

  it('all come, with the delay of their cart', () => {
    expect(faultsOf(LEFT)).toEqual(['cart-1: its owner was never reminded'])
    expect(faultsOf(run('reminders', 'cart-1', { at: 600 }))).toEqual(['cart-1: its owner was never reminded'])
    const other = { ...LEFT, delay: 1 }
    expect(faultsOf(other, run('reminders', 'cart-1', { at: 600 }))).toEqual([
      'cart-1 was to wait 1 ms instead of 500 ms',
    ])
  })
})
