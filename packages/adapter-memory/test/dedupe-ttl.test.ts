import { createBroker, DeadLetter, fixed, group, queue, topic, type } from '@anymq/core'
import { describe, expect, test } from 'vitest'
import { memory, type MemoryMask } from '../src/index.ts'
import { lacking, worldsWithout } from './masks.ts'
import { finish, world } from './world.ts'

const payments = queue('payments', {
  schema: type<number>(),
  dedupe: { window: '5m' },
  delay: { max: '1h' },
  retry: { attempts: 3, backoff: fixed('1s') },
})
const placed = topic('placed', { schema: type<number>(), groups: ['a', 'b'], dedupe: { window: '5m' } })
const a = group(placed, 'a')
const b = group(placed, 'b')
const offers = queue('offers', { schema: type<number>(), ttl: '1m', retry: { attempts: 5, backoff: fixed('40s') } })

test('define.dedupe: within the window a repeat is accepted and dropped; after it, it is a new message', async () => {
  const w = world([payments])
  const broker = await w.broker()
  const seen: number[] = []
  broker.consumer(payments).subscribe(({ body }) => void seen.push(body))
  await broker.send(payments, 1, { dedupeId: 'p-1' })
  await broker.send(payments, 2, { dedupeId: 'p-1' })
  await broker.send(payments, 3, { id: 'm-3' })
  await broker.send(payments, 3, { id: 'm-3' })
  await w.clock.advance('4m')
  await broker.send(payments, 4, { dedupeId: 'p-1' })
  await w.clock.advance('61s')
  await broker.send(payments, 5, { dedupeId: 'p-1' })
  await w.clock.advance('1s')
  expect(seen).toEqual([1, 3, 5])
})

test('define.dedupe: to every group of a topic once', async () => {
  const w = world([placed, a, b])
  const broker = await w.broker()
  const seen: string[] = []
  for (const source of [a, b])
    broker.consumer(source).subscribe((message) => void seen.push(`${message.source} ${message.body}`))
  await broker.producer(placed).sendBatch([1, 2, 3].map((body) => ({ body, dedupeId: `p-${Math.ceil(body / 2)}` })))
  await w.clock.advance('1s')
  expect(seen.toSorted()).toEqual(['placed/a 1', 'placed/a 3', 'placed/b 1', 'placed/b 3'])
})

test.for<[string, readonly MemoryMask[]]>([
  ['native', []],
  ['copies', ['countsFailures', 'atomicMove']],
])('retry.forward-not-deduplicated: retries, a dead letter and its redrive pass the window, %s', async ([, mask]) => {
  const w = world([payments])
  const broker = await w.broker({}, lacking(w.server, mask))
  const attempts: number[] = []
  let isMended = false
  broker.consumer(payments).subscribe((message) => {
    attempts.push(message.attempt)
    if (!isMended) throw message.attempt === 2 ? new DeadLetter('no') : new Error('once')
  })
  await broker.send(payments, 1, { dedupeId: 'p-1' })
  await w.clock.advance('5s')
  isMended = true
  expect(await finish(w.clock, broker.deadLetters(payments).redrive())).toMatchObject({ moved: 1 })
  await w.clock.advance('5s')
  expect(attempts).toEqual([1, 2, 1])
  // The window is about sends.
  await broker.send(payments, 2, { dedupeId: 'p-1' })
  await w.clock.advance('5s')
  expect(attempts).toEqual([1, 2, 1])
})

test('capability.never-weakened: what nothing can make up for is refused at startup, with what to do', async () => {
  const masked = createBroker(memory({ mask: ['dedupe'] }), { definitions: [payments] })
  await expect(masked).rejects.toMatchObject({
    code: 'MQ_UNSUPPORTED',
    problems: [
      {
        path: 'queue "payments" > dedupe',
        message: expect.stringContaining('recognise repeats by their id') as string,
      },
    ],
  })
  // A repeat may go to another place than the first: the broker cannot see both.
  const spread = createBroker(memory({ mask: ['delay'] }), { definitions: [payments] })
  await expect(spread).rejects.toMatchObject({
    code: 'MQ_UNSUPPORTED',
    problems: [{ path: 'queue "payments" > dedupe', message: expect.stringContaining('delay') as string }],
  })
})

describe.for(worldsWithout('countsFailures', 'atomicMove'))('ttl, %s', ([, mask]: [string, readonly MemoryMask[]]) => {
  test('define.ttl, settle.defer-limits: what is too old when it is seen is dead-lettered as expired, and no handler runs', async () => {
    const w = world([offers])
    const broker = await w.broker({}, lacking(w.server, mask))
    const seen: string[] = []
    await broker.send(offers, 1)
    await w.clock.advance('61s')
    await broker.send(offers, 2)
    broker.consumer(offers).subscribe(async (message) => {
      seen.push(`${message.body} ${message.attempt}`)
      if (message.body === 2) throw new Error('fails')
      if (message.body === 3) await message.defer('2m')
    })
    await broker.send(offers, 3)
    await w.clock.advance('10m')
    // 2 ran at once and after 40 s; its next run would have been after 80 s.
    expect(seen.toSorted()).toEqual(['2 1', '2 2', '3 1'])
    const dead = await finish(w.clock, broker.deadLetters(offers).peek())
    expect(dead.map(({ reason, attempts, valid }) => [reason, attempts, valid])).toEqual([
      ['expired', 0, true],
      ['expired', 2, true],
      ['expired', 0, true],
    ])
  })

  test('redrive.no-expiry: what was redriven does not expire again', async () => {
    const w = world([offers])
    const broker = await w.broker({}, lacking(w.server, mask))
    const seen: number[] = []
    await broker.send(offers, 1)
    await w.clock.advance('2m')
    broker.consumer(offers).subscribe(({ body }) => void seen.push(body))
    await w.clock.advance('1s')
    await finish(w.clock, broker.deadLetters(offers).redrive())
    await w.clock.advance('1s')
    expect(seen).toEqual([1])
  })
})
