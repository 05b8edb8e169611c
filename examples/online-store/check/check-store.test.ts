import { describe, expect, it } from 'vitest'
import { STEPS, type Fact, type Step } from '../books.ts'
import type { Order } from '../order.ts'
import type { OrderFiles } from '../order-files.ts'
import { checkStore } from './check-store.ts'
import type { Evidence, SeenDead } from './evidence.ts'
import { expectedOf } from './expected.ts'

const GOOD: Order = {
  id: 'o-1',
  placedAt: '2026-03-02T08:00:00.000Z',
  customer: 'c-1',
  name: 'Zoë',
  email: 'c-1@customers.example',
  card: '4242',
  items: [
    { sku: 'tea', quantity: 2, price: 100 },
    { sku: 'pot', quantity: 1, price: 300 },
    { sku: 'tea', quantity: 1, price: 100 },
  ],
  total: 600,
  note: '',
}
const DECLINED: Order = { ...GOOD, id: 'o-2', card: '0002' }
const MALFORMED: Order = { ...GOOD, id: 'o-3' }
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
}

const DEAD: readonly SeenDead[] = [
  { step: 'payment', id: 'o-2', reason: 'rejected', error: 'DeadLetter: the card ending in 0002 was declined' },
  { step: 'intake', id: 'line-3', reason: 'rejected', error: 'DeadLetter: not JSON: oh dear' },
  { step: 'intake', id: 'line-4', reason: 'rejected', error: 'DeadLetter: total: is not positive' },
]

const run = (step: Step, id: string): Fact => ({ fact: 'run', step, id, worker: 'w' })
const done = (step: Step, id: string): Fact => ({ fact: 'done', step, id, worker: 'w' })
const redriven = (step: Step, id: string): Fact => ({ fact: 'again', step, id, cause: 'redrive' })

/** The books of a day on which all went well: one order without ado, two repaired, one retried, one given up. */
function goodDay(): Evidence {
  const facts: Fact[] = [run('intake', 'line-4')]
  for (const { id, items, total } of [GOOD, DECLINED, MALFORMED]) {
    const line = `line-${id.slice(2)}`
    facts.push(run('intake', line), done('intake', line))
    for (const step of STEPS.slice(1)) facts.push(run(step, id), done(step, id))
    facts.push({ fact: 'charged', id, cents: total, card: '4242' })
    facts.push({ fact: 'reserved', id, items }, { fact: 'mailed', id, to: 'c-1@customers.example' })
  }
  facts.push(run('payment', 'o-2'), redriven('payment', 'o-2'), run('intake', 'line-3'), redriven('intake', 'line-3'))
  facts.push(run('payment', 'o-1'), { fact: 'again', step: 'payment', id: 'o-1', cause: 'retry' })
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
      'o-9 is invented: it left payment, but the order file knows nothing of it',
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
    const crashed: Fact = { fact: 'again', step: 'payment', id: 'o-1', cause: 'crash' }
    const facts = plus(crashed, run('payment', 'o-1'), { fact: 'charged', id: 'o-1', cents: 600, card: '4242' })
    expect(faultsOf({ facts })).toEqual(['order o-1 was charged 2 times'])
  })

  it('names an order that ran again without a cause, or did not although there was one', () => {
    expect(faultsOf({ facts: plus(run('inventory', 'o-2')) })).toEqual([
      'order o-2 ran 2 times in inventory, with no cause recorded: 1 expected',
    ])
    expect(faultsOf({ facts: plus({ fact: 'again', step: 'notification', id: 'o-2', cause: 'retry' }) })).toEqual([
      'order o-2 ran 1 times in notification, with retry recorded: 2 expected',
    ])
  })

  it('lets a fault of the broker or the death of a worker cost one more run, acknowledgement and dead letter, and no more', () => {
    const restart = (step: Step, id: string): Fact => ({ fact: 'again', step, id, cause: 'restart' })
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
    const orders = Array.from({ length: 100 }, (_, index) => JSON.stringify({ ...GOOD, id: `o-${index + 100}` }))
    const expected = expectedOf({ ...FILES, lines: orders, poisoned: [] })
    const [badDay] = checkStore(expected, goodDay())
    expect(badDay!.faults).toEqual(['no worker died with an order in its hands'])
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
