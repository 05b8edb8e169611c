import { describe, expect, it } from 'vitest'
import type { Cause, Fact } from '../facts.ts'
import type { Evidence } from './evidence.ts'
import { again, longDay, run } from './made-up.ts'
import { attemptFaults, outageFaults } from './outage.ts'

const asked = (times: number): Fact[] => Array.from({ length: times }, () => ({ fact: 'unanswered', id: 'o-1' }))

const outage = (...facts: readonly Fact[]): string[] =>
  outageFaults(longDay(), { facts, mostAsked: 10 } as unknown as Evidence)

describe('the outage', () => {
  it('costs few calls', () => {
    expect(outage(...asked(1))).toEqual([])
    expect(outage(...asked(10))).toEqual([])
    expect(outage(...asked(11))).toEqual(['the payment provider was asked 11 times while it was down; 10 are enough'])
  })

  it('must have been noticed, except on a short day', () => {
    expect(outage()).toEqual(['nobody noticed that the payment provider was down'])
    expect(outageFaults(longDay(50), { facts: [], mostAsked: 10 } as unknown as Evidence)).toEqual([])
  })
})

describe('attempts', () => {
  const second = run('payment', 'o-1', { attempt: 2 })

  it('are counted for failures', () => {
    expect(attemptFaults([run('payment', 'o-1'), again('payment', 'o-1', 'retry'), second])).toEqual([])
    expect(attemptFaults([run('payment', 'o-1'), again('payment', 'o-1', 'lease lost'), second])).toEqual([])
  })

  it.each<Cause>(['deferred', 'given back', 'crash', 'redrive', 'restart'])('are not counted for: %s', (cause) => {
    expect(attemptFaults([run('payment', 'o-1'), again('payment', 'o-1', cause), run('payment', 'o-1')])).toEqual([])
    expect(attemptFaults([run('payment', 'o-1'), again('payment', 'o-1', cause), second])).toEqual([
      'o-1 was on attempt 2 in payment, but had failed only 0 times',
    ])
  })

  it('are counted per step', () => {
    expect(attemptFaults([again('inventory', 'o-1', 'retry'), second])).toHaveLength(1)
  })
})
