import { describe, expect, it } from 'vitest'
import { factsOf, type Fact } from '../facts.ts'
import { Ledger } from './ledger.ts'
import { Pace } from './pace.ts'
import { PaymentProvider } from './payment-provider.ts'
import { isProviderDown } from './provider-down.ts'

const PACE = new Pace(1)

describe('the ledger', () => {
  it('takes all rows of an insert or none, and none twice', async () => {
    const facts: Fact[] = []
    const ledger = new Ledger(PACE, 5, (fact) => facts.push(fact))
    await ledger.insert([{ id: 'a', cents: 1 }])
    const rows = ['a', 'b', 'c'].map((id) => ({ id, cents: 1 }))
    await expect(ledger.insert(rows)).rejects.toThrow('rolled back')
    expect(factsOf(facts, 'booked').map(({ id }) => id)).toEqual(['a'])
    expect(factsOf(facts, 'not booked')).toEqual([{ fact: 'not booked', ids: ['a', 'b', 'c'] }])
    await ledger.insert(rows)
    expect(factsOf(facts, 'booked').map(({ id }) => id)).toEqual(['a', 'b', 'c'])
  })
})

describe('the payment provider', () => {
  it('says that it is down, also to another process, and writes down who asked', async () => {
    const facts: Fact[] = []
    const provider = new PaymentProvider(PACE, 1, (fact) => facts.push(fact))
    provider.goDown(60_000)
    const { signal } = new AbortController()
    const charge = provider.charge({ key: 'o-1', card: '4242', cents: 1, signal })
    const error = await charge.catch((reason: Error) => reason)
    expect(isProviderDown(error)).toBe(true)
    expect(isProviderDown(Object.assign(new Error('503'), { name: (error as Error).name }))).toBe(true)
    expect(isProviderDown(new Error('500'))).toBe(false)
    expect(facts).toEqual([{ fact: 'unanswered', id: 'o-1' }])
  })
})
