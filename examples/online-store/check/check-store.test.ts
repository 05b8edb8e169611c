import { describe, expect, it } from 'vitest'
import { GROUPS, STEPS, type Fact, type Step } from '../facts.ts'
import type { Order } from '../order.ts'
import type { OrderFiles } from '../order-files.ts'
import { checkStore } from './check-store.ts'
import type { Evidence, SeenDead } from './evidence.ts'
import { expectedOf } from './expected.ts'
import { again, done, longDay, ORDER, run } from './made-up.ts'

const GOOD = ORDER
const DECLINED: Order = { ...GOOD, id: 'o-2', customer: 'c-2', card: '0002' }
const MALFORMED: Order = { ...GOOD, id: 'o-3', customer: 'c-3' }
const NEGATIVE: Order = { ...GOOD, id: 'o-4', total: -600 }

const FILES: OrderFiles = {
  lines: [JSON.stringify(GOOD), JSON.stringify(DECLINED), `${JSON.stringify(MALFORMED)};`, JSON.stringify(NEGATIVE)],
  catalogue: [
    { sku: 'tea', name: 'Tea', price: 100, stock: 20 },
    { sku: 'pot', name: 'Pot', price: 300, stock: 10 },
  ],
  poisoned: [
    { line: 2, id: 'o-2', problem: 'declined' },
    { line: 3, id: 'o-3', problem: 'malformed', order: MALFORMED },
    { line: 4, id: 'o-4', problem: 'negative-total' },
  ],
  carts: [{ id: 'cart-1', line: 2, customer: 'c-2', email: 'c-2@customers.example', delay: 500 }],
}

const DEAD: readonly SeenDead[] = [
  { step: 'payment', id: 'o-2', reason: 'rejected', error: 'DeadLetter: the card ending in 0002 was declined' },
  { step: 'intake', id: 'line-3', reason: 'rejected', error: 'DeadLetter: not JSON: oh dear' },
  { step: 'intake', id: 'line-4', reason: 'rejected', error: 'DeadLetter: total: is not positive' },
]

/** The books of a day on which all went well: one order without ado, two repaired, one retried, one given up. */
function goodDay(): Evidence {
  const facts: Fact[] = [run('intake', 'line-4')]
  for (const { id, items, total } of [GOOD, DECLINED, MALFORMED]) {
    const line = `line-${id.slice(2)}`
    facts.push(run('intake', line), done('intake', line))
    for (const step of [...GROUPS, 'fulfilment'] as const) facts.push(run(step, id), done(step, id))
    facts.push({ fact: 'charged', id, cents: total, card: '4242' })
    facts.push({ fact: 'reserved', id, items }, { fact: 'mailed', id, to: 'c-1@customers.example' })
    facts.push({ fact: 'booked', id, cents: total }, { fact: 'shipped', id })
  }
  facts.push(run('payment', 'o-1'), again('payment', 'o-1', 'retry'))
  facts.push(run('payment', 'o-2'), again('payment', 'o-2', 'redrive'))
  facts.push(run('intake', 'line-3'), again('intake', 'line-3', 'redrive'))
  facts.push({ fact: 'abandoned', id: 'cart-1', delay: 500, at: 0 }, { fact: 'mailed', id: 'cart-1', to: 'c-2' })
  facts.push(run('reminders', 'cart-1', { at: 510 }), done('reminders', 'cart-1', { at: 511 }))
  return {
    facts,
    stock: new Map([
      ['tea', 20 - 9],
      ['pot', 10 - 3],
    ]),
    deadBefore: DEAD,
    deadAfter: DEAD.slice(2),
    left: new Map(STEPS.map((step) => [step, 0])),
    restarts: false,
    parts: { ordering: true, priority: true, delay: true },
    delayTolerance: 20,
    mostAsked: 10,
    inventoryHeads: 2,
  }
}

function faultsOf(evidence: Partial<Evidence>): string[] {
  return checkStore(expectedOf(FILES), { ...goodDay(), ...evidence }).flatMap(({ faults }) => faults)
}

function without(...gone: readonly Partial<Record<string, unknown>>[]): Fact[] {
  const isGone = (fact: Fact): boolean =>
    gone.some((one) =>
      Object.entries(one).every(([name, value]) => (fact as Readonly<Record<string, unknown>>)[name] === value),
    )
  return goodDay().facts.filter((fact) => !isGone(fact))
}

function plus(...more: readonly Fact[]): Fact[] {
  return [...goodDay().facts, ...more]
}

describe('the self-check', () => {
  it('finds nothing wrong with a good day', () => {
    expect(faultsOf({})).toEqual([])
  })

  it('names an order that was lost on the way', () => {
    const faults = faultsOf({
      facts: without({ id: 'o-3' }),
      stock: new Map([
        ['tea', 14],
        ['pot', 8],
      ]),
    })
    expect(faults).toContain('order o-3 (line-3) is lost: it never left payment')
    expect(faults).toContain('order o-3 was never charged')
    expect(faults).toContain('order o-3: nothing was reserved')
    expect(faults).toContain('order o-3: 0 mails')
    expect(faults).toContain('tea: 14 on the shelf instead of 11')
  })

  it('names an order that never left the intake', () => {
    expect(faultsOf({ facts: without({ fact: 'done', step: 'intake', id: 'line-1' }) })).toEqual([
      'order o-1 (line-1) is lost: it never left intake',
    ])
  })

  it('names an order that nobody placed', () => {
    const invented = plus(run('payment', 'o-9'), done('payment', 'o-9'), {
      fact: 'charged',
      id: 'o-9',
      cents: 1,
      card: '4242',
    })
    expect(faultsOf({ facts: invented })).toEqual([
      'o-9 is invented: it left payment, but the files know nothing of it',
      'order o-9 was charged, but the order file knows no such order',
    ])
  })

  it('names an order that was charged twice without a cause', () => {
    const facts = plus(run('payment', 'o-1'), { fact: 'charged', id: 'o-1', cents: 600, card: '4242' })
    expect(faultsOf({ facts })).toEqual([
      'order o-1 was charged 2 times',
      'order o-1 ran 3 times in payment, with retry recorded: 2 expected',
    ])
  })

  it('lets nobody be charged twice with a cause either', () => {
    const crashed: Fact = again('payment', 'o-1', 'crash')
    const facts = plus(crashed, run('payment', 'o-1'), { fact: 'charged', id: 'o-1', cents: 600, card: '4242' })
    expect(faultsOf({ facts })).toEqual(['order o-1 was charged 2 times'])
  })

  it('names an order that ran again without a cause, or did not although there was one', () => {
    expect(faultsOf({ facts: plus(run('inventory', 'o-2')) })).toEqual([
      'order o-2 ran 2 times in inventory, with no cause recorded: 1 expected',
    ])
    expect(faultsOf({ facts: plus(again('notification', 'o-2', 'retry')) })).toEqual([
      'order o-2 ran 1 times in notification, with retry recorded: 2 expected',
    ])
  })

  it('lets a fault of the broker or the death of a worker cost one more run, acknowledgement and dead letter, and no more', () => {
    const restart = (step: Step, id: string): Fact => again(step, id, 'restart')
    const once = plus(restart('inventory', 'o-2'), run('inventory', 'o-2'), done('inventory', 'o-2'))
    expect(faultsOf({ facts: plus(restart('inventory', 'o-2')) })).toEqual([])
    expect(faultsOf({ facts: once })).toEqual([])
    expect(faultsOf({ facts: [...once, run('inventory', 'o-2'), done('inventory', 'o-2')] })).toEqual([
      'order o-2 (line-2) left inventory 3 times',
      'order o-2 ran 3 times in inventory, with restart recorded: 1 to 2 expected',
    ])
    const dead = (times: number): string[] =>
      faultsOf({
        facts: plus(restart('intake', 'line-4')),
        deadBefore: [...DEAD, ...new Array<SeenDead>(times - 1).fill(DEAD[2]!)],
      })
    expect(dead(2)).toEqual([])
    expect(dead(3)).toEqual(['order o-4 (line-4) is 3 times among the dead letters of intake'])
  })

  it('names an order that was acknowledged twice', () => {
    expect(faultsOf({ facts: plus(done('payment', 'o-1')) })).toEqual(['order o-1 (line-1) left payment 2 times'])
  })

  it('names an order that was charged the wrong amount, or to the declined card', () => {
    const charge = (cents: number, card: string): Fact => ({ fact: 'charged', id: 'o-2', cents, card })
    const others = without({ fact: 'charged', id: 'o-2' })
    expect(faultsOf({ facts: [...others, charge(601, '4242')] })).toEqual([
      'order o-2 was charged 601 cents instead of 600',
    ])
    expect(faultsOf({ facts: [...others, charge(600, '0002')] })).toEqual([
      'order o-2 was charged to the card that is always declined',
    ])
  })

  it('names wrong stock, and the order behind it where there is one', () => {
    expect(
      faultsOf({
        stock: new Map([
          ['tea', 11],
          ['pot', 6],
        ]),
      }),
    ).toEqual(['pot: 6 on the shelf instead of 7'])
    const other: Fact = { fact: 'reserved', id: 'o-1', items: [{ sku: 'tea', quantity: 4 }] }
    const facts = [...without({ fact: 'reserved', id: 'o-1' }), other]
    expect(faultsOf({ facts })).toEqual(['order o-1: other goods were reserved than were ordered'])
    expect(faultsOf({ facts: plus(other) })).toEqual(['order o-1: its goods were reserved 2 times'])
  })

  it('names a mail too many', () => {
    expect(faultsOf({ facts: plus({ fact: 'mailed', id: 'o-1', to: 'x' }) })).toEqual(['order o-1: 2 mails'])
  })

  it('names a dead letter that is missing, alien, doubled, or there for another reason', () => {
    const [card, line, negative] = DEAD as readonly [SeenDead, SeenDead, SeenDead]
    const alien: SeenDead = { step: 'inventory', id: 'o-1', reason: 'attempts', error: 'Error: no' }
    const before = (...deadBefore: SeenDead[]): string[] => faultsOf({ deadBefore })
    expect(before(card, negative)).toEqual(['order o-3 (line-3) is missing among the dead letters of intake'])
    expect(before(...DEAD, alien)).toEqual([
      'o-1 is among the dead letters of inventory and must not be there: Error: no',
    ])
    expect(before(...DEAD, card)).toEqual(['order o-2 is 2 times among the dead letters of payment'])
    expect(before(card, line, { ...negative, reason: 'attempts' })).toEqual([
      'order o-4 (line-4) is dead in intake with the reason attempts instead of rejected: DeadLetter: total: is not positive',
    ])
    expect(before(card, line, { ...negative, error: 'DeadLetter: not JSON' })).toEqual([
      'order o-4 (line-4) is dead in intake for something else than "total: is not positive": DeadLetter: not JSON',
    ])
  })

  it('expects what cannot be repaired to stay, and nothing else', () => {
    expect(faultsOf({ deadAfter: [] })).toEqual(['order o-4 (line-4) is missing among the dead letters of intake'])
    expect(faultsOf({ deadAfter: DEAD.slice(1) })).toEqual([
      'line-3 is among the dead letters of intake and must not be there: DeadLetter: not JSON: oh dear',
    ])
  })

  it('wants a long day to be a bad one', () => {
    const [badDay] = checkStore(longDay(), goodDay())
    expect(badDay!.faults).toEqual([
      'no payment had to wait: the outage has not happened',
      'no worker died with an order in its hands',
    ])
  })

  it('asks for no more than the broker can serve', () => {
    const parts = { ordering: false, priority: false, delay: false }
    const left = new Map(STEPS.slice(0, 5).map((step) => [step, 0]))
    const facts = without({ fact: 'shipped' }, { step: 'fulfilment' }, { step: 'reminders' }, { id: 'cart-1' })
    expect(faultsOf({ facts, parts, left })).toEqual([])
    expect(faultsOf({ facts })).not.toEqual([])
  })

  it('names a parcel or a reminder that is missing', () => {
    expect(faultsOf({ facts: without({ fact: 'shipped', id: 'o-3' }) })).toEqual(['order o-3: 0 parcels'])
    expect(faultsOf({ facts: without({ step: 'reminders', id: 'cart-1' }) })).toEqual([
      'cart-1 is lost: it never left reminders',
      'cart-1: its owner was never reminded',
    ])
    expect(faultsOf({ facts: without({ fact: 'mailed', id: 'cart-1' }) })).toEqual(['cart-1: 0 mails'])
  })

  it('lets a parcel come twice only where the payment that sent it may have run twice', () => {
    const twice = [run('fulfilment', 'o-2'), done('fulfilment', 'o-2')]
    expect(faultsOf({ facts: plus(...twice) })).toEqual([
      'order o-2 (line-2) left fulfilment 2 times',
      'order o-2 ran 2 times in fulfilment, with no cause recorded: 1 expected',
    ])
    expect(faultsOf({ facts: plus(again('payment', 'o-2', 'crash'), ...twice) })).toEqual([])
  })

  it('sees what is left in a source, where the broker tells', () => {
    expect(
      faultsOf({
        left: new Map([
          ['payment', 2],
          ['intake', undefined],
        ]),
      }),
    ).toEqual(['2 messages are left in payment'])
  })
})
