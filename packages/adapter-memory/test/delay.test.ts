import { Defer, fixed, group, queue, RetryAfter, topic, type } from '@anymq/core'
import { describe, expect, test } from 'vitest'
import type { MemoryMask } from '../src/index.ts'
import { EMULATED, lacking } from './masks.ts'
import { finish, world, type World } from './world.ts'

const HOUR = 3_600_000
const reminders = queue('reminders', {
  schema: type<string>(),
  delay: { max: '30d' },
  retry: { attempts: 3, backoff: fixed('90s') },
})
const placed = topic('placed', { schema: type<string>(), groups: ['a', 'b'], delay: { max: '1d' } })
const a = group(placed, 'a')
const b = group(placed, 'b')

const worlds: [string, readonly MemoryMask[]][] = [
  ['native', []],
  ['tiers', ['delay']],
  ['hops', ['longDelay']],
  ['tiers, copies', ['delay', 'countsFailures']],
  ['hops, publish and settle', ['longDelay', 'atomicMove', 'countsFailures']],
  ['every mask', EMULATED],
]

describe.for(worlds)('delay, %s', ([, mask]: [string, readonly MemoryMask[]]) => {
  const open = (w: World) => w.broker({}, lacking(w.server, mask))
  /** What a relay adds at most. */
  const tolerance = mask.length === 0 ? 20 : 1000

  test('delay.floor, delay.no-blocking: each message at its time, never early, late by the tolerance at most', async () => {
    const w = world([reminders])
    const broker = await open(w)
    const start = w.clock.now()
    const late = new Map<string, number>()
    broker.consumer(reminders).subscribe(({ body }) => void late.set(body, w.clock.now() - start - Number(body)))
    const delays = [0, 1, 250, 999, 1000, 1001, 4500, 21_000, 90_000, HOUR, 5.5 * HOUR]
    for (const ms of delays) await broker.send(reminders, String(ms), { delay: ms })
    await broker.send(reminders, String(2 * HOUR), { at: new Date(start + 2 * HOUR) })
    await broker.send(reminders, '-0', { at: new Date(start - 1000) })
    await w.clock.advance('1s')
    expect(late.has('0')).toBe(true)
    expect(late.has('-0')).toBe(true)
    await w.clock.advance('6h')
    expect([...late.keys()].toSorted()).toEqual([...delays, 2 * HOUR, '-0'].map(String).toSorted())
    for (const [body, ms] of late) {
      expect([body, ms >= 0]).toEqual([body, true])
      expect([body, ms <= tolerance * 3]).toEqual([body, true])
    }
    expect(broker.capabilities.delayTolerance).toBe(tolerance)
  })

  test('delay.allowed: over the maximum is refused, never cut; and so are both at once', async () => {
    const w = world([reminders])
    const broker = await open(w)
    for (const options of [{ delay: '31d' as const }, { at: new Date(w.clock.now() + 31 * 24 * HOUR) }]) {
      await expect(broker.send(reminders, 'x', options)).rejects.toMatchObject({
        code: 'MQ_INVALID',
        message: expect.stringContaining('is 31d from now; the definition allows 30d (delay.max)') as string,
      })
    }
    await expect(broker.send(reminders, 'x', { delay: 1, at: new Date() })).rejects.toMatchObject({
      message: expect.stringContaining('given together with delay') as string,
    })
    expect(await broker.stats(reminders)).toMatchObject({ ready: 0, delayed: 0 })
  })

  test('delay.survives: sender and consumer restart; headers, id and key stay', async () => {
    const w = world([reminders])
    const first = await open(w)
    await first.send(reminders, 'cart', { id: 'r-1', delay: '2h', headers: { shop: 'x' }, type: 'reminder' })
    expect((await first.stats(reminders)).delayed).toBe(1)
    await finish(w.clock, first.close())
    const second = await open(w)
    const work = second.consumer(reminders).subscribe(() => undefined)
    await w.clock.advance('30m')
    await finish(w.clock, work.close())
    await finish(w.clock, second.close())
    const third = await open(w)
    const seen: unknown[] = []
    const due = w.clock.now() + 1.5 * HOUR - 1000
    third.consumer(reminders).subscribe((m) => void seen.push([m.id, m.headers, m.type, m.body, w.clock.now() >= due]))
    await w.clock.advance('1h')
    expect(seen).toEqual([])
    await w.clock.advance('1h')
    expect(seen).toEqual([['r-1', { shop: 'x' }, 'reminder', 'cart', true]])
    expect(await third.stats(reminders)).toMatchObject({ ready: 0, leased: 0, delayed: 0 })
  })

  test('delay.survives: a relay that dies is replaced by the next, and a cut connection does not matter', async () => {
    const w = world([reminders])
    const [first, second] = [await open(w), await open(w)]
    const seen: string[] = []
    first.consumer(reminders).subscribe(() => undefined)
    await first
      .producer(reminders)
      .sendBatch(Array.from({ length: 300 }, (_, n) => ({ body: `${n}`, delay: '10m' as const })))
    await w.clock.advance('5m')
    first.native.abandon()
    second.consumer(reminders).subscribe(({ body }) => void seen.push(body))
    await w.clock.advance('4m')
    second.native.cut()
    await w.clock.advance('5m')
    expect(new Set(seen).size).toBe(300)
    expect(seen.length).toBeLessThanOrEqual(300)
    await finish(w.clock, first.close({ timeout: 0 }))
  })

  test('delay.allowed, group.every-message: a delayed message of a topic reaches every group once, at its time', async () => {
    const w = world([placed, a, b])
    const broker = await open(w)
    const start = w.clock.now()
    const seen: [string, boolean][] = []
    for (const source of [a, b])
      broker.consumer(source).subscribe((message) => void seen.push([message.source, w.clock.now() >= start + 600_000]))
    await broker.send(placed, 'x', { delay: '10m' })
    await w.clock.advance('9m')
    expect(seen).toEqual([])
    await w.clock.advance('2m')
    expect(seen.toSorted()).toEqual([
      ['placed/a', true],
      ['placed/b', true],
    ])
  })

  test('retry.backoff, retry.count-travels, settle.defer: a message that comes again later waits as long, with its count', async () => {
    const w = world([placed, a, b, reminders])
    const broker = await open(w)
    const runs: [string, number, number][] = []
    const start = w.clock.now()
    broker.consumer(reminders).subscribe((message) => {
      runs.push([message.body, message.attempt, Math.floor((w.clock.now() - start) / 1000)])
      if (message.body === 'deferred' && runs.filter(([body]) => body === 'deferred').length < 4) throw new Defer('2m')
      if (message.body === 'after' && message.attempt === 1) throw new RetryAfter('10m')
      if (message.body === 'fails') throw new Error('always')
    })
    for (const body of ['fails', 'deferred', 'after']) await broker.send(reminders, body)
    await w.clock.advance('20m')
    const of = (name: string) => runs.filter(([body]) => body === name)
    expect(of('fails').map(([, attempt]) => attempt)).toEqual([1, 2, 3])
    expect(of('deferred').map(([, attempt]) => attempt)).toEqual([1, 1, 1, 1])
    expect(of('after').map(([, attempt]) => attempt)).toEqual([1, 2])
    for (const [name, gap] of [
      ['fails', 90],
      ['deferred', 120],
      ['after', 600],
    ] as const)
      of(name).forEach(([, , at], i) => expect(at).toBeGreaterThanOrEqual(i * gap))
    const [dead] = await finish(w.clock, broker.deadLetters(reminders).peek())
    expect(dead).toMatchObject({ attempts: 3, reason: 'attempts', failedFirstAt: new Date(start) })
    expect(await broker.stats(reminders)).toMatchObject({ ready: 0, leased: 0, delayed: 0, dead: 1 })
  })

  test('delay.no-blocking: thousands wait, and cost no timer each', async () => {
    const w = world([reminders])
    const broker = await open(w)
    const timers = w.clock.timers
    await broker
      .producer(reminders)
      .sendBatch(Array.from({ length: 5000 }, (_, n) => ({ body: `${n}`, delay: HOUR + n })))
    let handled = 0
    broker.consumer(reminders).subscribe(() => void handled++)
    await w.clock.advance('1m')
    expect(w.clock.timers - timers).toBeLessThan(40)
    await w.clock.advance('59m')
    await w.clock.advance('2m')
    expect(handled).toBe(5000)
  })
})

test('delay.relay: a process that only sends says so once; with relay: true it moves what waits', async () => {
  const w = world([reminders])
  const sender = await w.broker({}, lacking(w.server, ['delay']))
  await sender.send(reminders, 'x', { delay: '5s' })
  await w.clock.advance('1m')
  expect(w.lines.map(({ text }) => text)).toEqual([expect.stringContaining('relay: true') as string])
  expect(await sender.stats(reminders)).toMatchObject({ ready: 0, delayed: 1 })
  await w.broker({ relay: true }, lacking(w.server, ['delay']))
  await w.clock.advance('10s')
  expect(await sender.stats(reminders)).toMatchObject({ ready: 1, delayed: 0 })
  expect(w.lines).toHaveLength(1)
})
