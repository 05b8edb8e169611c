import { testBroker } from '@anymq/adapter-memory/testing'
import { expect, onTestFinished, test } from 'vitest'
import { booking, sales, type Sale } from './batches.ts'

/** A ledger that refuses its first inserts, as many as `refusals`. */
async function ledger(refusals = 0) {
  const inserts: string[][] = []
  const rows = new Map<string, number>()
  let left = refusals
  const t = await testBroker({
    handlers: [
      booking(async (sold) => {
        inserts.push(sold.map(({ id }) => id))
        if (left-- > 0) throw new Error('the ledger is locked')
        for (const { id, cents } of sold) if (!rows.has(id)) rows.set(id, cents)
      }),
    ],
  })
  onTestFinished(() => t.close())
  const send = (...bodies: Sale[]) => t.broker.producer(sales).sendBatch(bodies.map((body) => ({ body })))
  return { t, inserts, rows, send }
}
const sale = (n: number): Sale => ({ id: `s-${n}`, cents: n })
const many = (count: number): Sale[] => Array.from({ length: count }, (_, n) => sale(n))

test('150 sales are two inserts: a full one at once, the rest after half a second', async () => {
  const { t, inserts, rows, send } = await ledger()
  await send(...many(150))
  await t.advance('400ms')
  expect(inserts.map((ids) => ids.length)).toEqual([100])
  await t.advance('200ms')
  expect([inserts.map((ids) => ids.length), rows.size]).toEqual([[100, 50], 150])
})

test('an insert that fails comes again as a whole, and each sale is in the ledger once', async () => {
  const { t, inserts, rows, send } = await ledger(2)
  await send(...many(3))
  await t.advance('1m')
  expect(inserts.length).toBeGreaterThanOrEqual(3)
  expect([...rows.keys()].toSorted()).toEqual(['s-0', 's-1', 's-2'])
  expect(await t.broker.stats(sales)).toMatchObject({ ready: 0, leased: 0, delayed: 0, dead: 0 })
})

test('a bad sale is dead by itself and takes nobody with it', async () => {
  const { t, inserts, send } = await ledger()
  await send(sale(1), { id: 's-bad', cents: 0.5 }, sale(2))
  const dead = await t.waitFor(sales, () => true, 'dead')
  await t.idle()
  expect([dead.body.id, dead.error]).toEqual(['s-bad', 'cents are no whole number'])
  expect(inserts).toEqual([['s-1', 's-2']])
})
