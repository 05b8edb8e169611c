import { connect } from '@anymq/connect'
import { describe, expect, it } from 'vitest'
import { definitionsWith } from './definitions.ts'
import { leftOut, offerOf } from './parts.ts'

const ALL = { ordering: true, priority: true, delay: true }
const NONE = { ordering: false, priority: false, delay: false }

describe('the parts of the store', () => {
  it('are all there on the broker inside this process', async () => {
    const offer = await offerOf((options) => connect('memory:', options))
    expect(offer.parts).toEqual(ALL)
    expect(leftOut(offer.parts)).toEqual([])
  })

  it('are left out, with their names, where the broker cannot serve them', () => {
    expect(leftOut(NONE)).toEqual(['order per customer', 'VIP fulfilment', 'reminders'])
    expect(leftOut({ ...ALL, delay: false })).toEqual(['reminders'])
    expect([...definitionsWith(NONE).sources.keys()]).toEqual([
      'intake',
      'payment',
      'inventory',
      'notification',
      'accounting',
    ])
    expect(definitionsWith(NONE).orderPlaced.destination.ordering).toBeUndefined()
    expect(definitionsWith(ALL).sources.size).toBe(7)
  })

  it('know whose line it is, whatever is wrong with it', () => {
    const key = definitionsWith(ALL).intake.destination.ordering!.key as (line: string) => string | undefined
    expect(key('{"id":"o-1","customer":"c-007","name":"x",}')).toBe('c-007')
    expect(key("{'id':'o-1','customer':'c-007'}")).toBe('c-007')
    expect(key('{"id":"o-1","cust')).toBeUndefined()
  })
})
