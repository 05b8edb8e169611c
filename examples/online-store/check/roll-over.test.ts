import { describe, expect, it } from 'vitest'
import type { Fact } from '../facts.ts'
import { done, longDay } from './made-up.ts'
import { rollOverFaults } from './roll-over.ts'

const goes = (worker: string): Fact => ({ fact: 'goes', step: 'inventory', worker })
const replaced = (worker: string, heir: string): Fact => ({ fact: 'replaced', step: 'inventory', worker, heir })
const handled = (worker: string): Fact => done('inventory', 'o-1', { worker })

const faultsOf = (...facts: readonly Fact[]): string[] => rollOverFaults(longDay(), facts, 2)

describe('the roll-over', () => {
  const FIRST = [goes('a'), replaced('a', 'c')]
  const SECOND = [goes('b'), replaced('b', 'd')]

  it('replaces everybody while orders flow', () => {
    expect(faultsOf(handled('a'), ...FIRST, handled('c'), ...SECOND, handled('d'))).toEqual([])
  })

  it('must happen under load: before, between and after', () => {
    const idle = (when: string): string => `the inventory handled no order ${when}: it was not rolled over under load`
    expect(faultsOf(...FIRST, handled('c'), ...SECOND, handled('d'))).toEqual([idle('before a went')])
    expect(faultsOf(handled('a'), ...FIRST, ...SECOND, handled('c'), handled('d'))).toEqual([idle('between a and b')])
    expect(faultsOf(handled('a'), ...FIRST, handled('c'), handled('d'), ...SECOND)).toEqual([
      idle('after b was replaced'),
    ])
    const other = done('notification', 'o-1')
    expect(faultsOf(other, ...FIRST, handled('c'), ...SECOND, handled('d'))).toEqual([idle('before a went')])
  })

  it('does not count what is handled while one goes', () => {
    const turn = [goes('a'), handled('b'), replaced('a', 'c')]
    expect(faultsOf(handled('a'), ...turn, ...SECOND, handled('c'), handled('d'))).toHaveLength(1)
  })

  it('must give each new one something to do', () => {
    expect(faultsOf(handled('a'), ...FIRST, handled('b'), ...SECOND, handled('d'))).toEqual([
      'c, who came for a, has handled no order',
    ])
  })

  it('must reach everybody', () => {
    expect(faultsOf(handled('a'), ...FIRST, handled('c'))).toEqual([
      '1 workers of the inventory were replaced instead of 2',
    ])
  })

  it('is not asked for on a short day', () => {
    expect(rollOverFaults(longDay(50), [], 2)).toEqual([])
  })
})
