import { DeadLetter, fixed, group, queue, topic, type } from '@anymq/core'
import { describe, expect, test } from 'vitest'
import type { MemoryMask } from '../src/index.ts'
import { lacking, worldsWithout } from './masks.ts'
import { finish, sleep, world, type World } from './world.ts'

const levels = ['vip', 'normal', 'bulk'] as const
const strict = queue('strict', {
  schema: type<string>(),
  priority: { levels, default: 'normal', policy: 'strict' },
  delay: { max: '1h' },
  retry: { attempts: 2, backoff: fixed('5s') },
})
const weighted = queue('weighted', { schema: type<string>(), priority: { levels, default: 'normal' } })
const placed = topic('placed', { schema: type<string>(), groups: ['ship'], priority: { levels, default: 'normal' } })
const ship = group(placed, 'ship')
const perLevel = queue('per-level', {
  schema: type<{ readonly key: string; readonly n: number }>(),
  ordering: { key: ({ key }) => key, shards: 2, withPriority: 'per-level' },
  priority: { levels: ['vip', 'normal'], default: 'normal' },
})

describe.for(worldsWithout('priority'))('priority, %s', ([, mask]: [string, readonly MemoryMask[]]) => {
  const open = (w: World, ...definitions: (typeof strict | typeof weighted | typeof placed | typeof ship)[]) =>
    w.broker({ definitions }, lacking(w.server, mask))

  test('priority.urgent-first: a backlog is handled level by level, each in order', async () => {
    const w = world([])
    const b = await open(w, strict)
    const send = (priority: (typeof levels)[number], count: number) =>
      b.producer(strict).sendBatch(Array.from({ length: count }, (_, n) => ({ body: `${priority} ${n}`, priority })))
    await send('bulk', 20)
    await send('normal', 20)
    await send('vip', 20)
    const seen: string[] = []
    b.consumer(strict).subscribe(({ body }) => void seen.push(body), { concurrency: 1 })
    await w.clock.advance('1s')
    expect(seen).toHaveLength(60)
    // What is leased at first is leased: after that each level in turn, in its own order.
    for (const level of levels)
      expect(seen.filter((body) => body.startsWith(level))).toEqual(
        Array.from({ length: 20 }, (_, n) => `${level} ${n}`),
      )
    expect(seen.slice(2, 20).every((body) => body.startsWith('vip'))).toBe(true)
    expect(seen.slice(-15).every((body) => body.startsWith('bulk'))).toBe(true)
  })

  test('priority.late: a late urgent message overtakes everything that is not leased yet', async () => {
    const w = world([])
    const b = await open(w, weighted)
    await b
      .producer(weighted)
      .sendBatch(Array.from({ length: 100 }, () => ({ body: 'bulk', priority: 'bulk' as const })))
    const seen: string[] = []
    b.consumer(weighted).subscribe(
      async ({ body }) => {
        seen.push(body)
        await sleep(w.clock, 100)
      },
      { concurrency: 2 },
    )
    await w.clock.advance('250ms')
    const before = seen.length
    await b.producer(weighted).send('vip', { priority: 'vip' })
    await w.clock.advance('400ms')
    // The window holds four: two run, two are ready.
    expect(seen.indexOf('vip') - before).toBeLessThanOrEqual(4)
    expect(seen.indexOf('vip')).toBeGreaterThan(0)
  })

  test('priority.policy: weighted keeps a share for the least urgent while urgent work never ends', async () => {
    const w = world([])
    const b = await open(w, weighted)
    const seen: string[] = []
    await b
      .producer(weighted)
      .sendBatch(Array.from({ length: 10 }, () => ({ body: 'bulk', priority: 'bulk' as const })))
    b.consumer(weighted).subscribe(
      async ({ body }) => {
        seen.push(body)
        if (body === 'vip') await b.send(weighted, 'vip', { priority: 'vip' })
        await sleep(w.clock, 10)
      },
      { concurrency: 2 },
    )
    await b.producer(weighted).sendBatch(Array.from({ length: 20 }, () => ({ body: 'vip', priority: 'vip' as const })))
    await w.clock.advance('3s')
    expect(seen.filter((body) => body === 'bulk')).toHaveLength(10)
    await finish(w.clock, b.close({ timeout: '1s' }))
  })

  test('priority.unknown-level: refused at send, with the levels that there are', async () => {
    const w = world([])
    const b = await open(w, strict)
    await expect(b.producer(strict).send('x', { priority: 'urgent' as 'vip' })).rejects.toMatchObject({
      code: 'MQ_INVALID',
      message: expect.stringContaining('is "urgent"; give one of the levels vip, normal, bulk') as string,
    })
  })

  test('priority.survives: retry, delay, dead letter and redrive keep the level', async () => {
    const w = world([])
    const b = await open(w, strict)
    const seen: [string, string | undefined][] = []
    let isMended = false
    b.consumer(strict).subscribe((message) => {
      seen.push([message.body, message.priority])
      if (message.body === 'retried' && message.attempt === 1) throw new Error('once')
      if (message.body === 'dead' && !isMended) throw new DeadLetter('no')
    })
    await b.send(strict, 'retried', { priority: 'vip' })
    await b.send(strict, 'delayed', { priority: 'bulk', delay: '10s' })
    await b.send(strict, 'dead', { priority: 'vip' })
    await b.send(strict, 'plain')
    await w.clock.advance('30s')
    const [dead] = await finish(w.clock, b.deadLetters(strict).peek())
    expect(dead).toMatchObject({ priority: 'vip', body: 'dead' })
    isMended = true
    await finish(w.clock, b.deadLetters(strict).redrive())
    await w.clock.advance('30s')
    expect(seen.filter(([body]) => body === 'retried')).toEqual([
      ['retried', 'vip'],
      ['retried', 'vip'],
    ])
    expect(seen).toContainEqual(['delayed', 'bulk'])
    expect(seen).toContainEqual(['plain', 'normal'])
    expect(seen.filter(([body]) => body === 'dead')).toEqual([
      ['dead', 'vip'],
      ['dead', 'vip'],
    ])
  })

  test('priority.urgent-first, group.every-message: levels go through a topic to its groups', async () => {
    const w = world([])
    const b = await open(w, placed, ship)
    for (let n = 0; n < 10; n++) await b.send(placed, `bulk ${n}`, { priority: 'bulk' })
    await b.send(placed, 'vip', { priority: 'vip' })
    const seen: string[] = []
    b.consumer(ship).subscribe(({ body }) => void seen.push(body), { concurrency: 1 })
    await w.clock.advance('1s')
    expect(seen).toHaveLength(11)
    expect(seen.indexOf('vip')).toBeLessThanOrEqual(2)
    expect(await b.stats(ship)).toMatchObject({ ready: 0, leased: 0 })
  })
})

describe.for(worldsWithout('ordering', 'priority'))(
  'order and priority, %s',
  ([, mask]: [string, readonly MemoryMask[]]) => {
    test('define.combinations: order and exclusion hold per key and level', async () => {
      const w = world([perLevel])
      const b = await w.broker({}, lacking(w.server, mask))
      const seen: string[] = []
      const running = new Set<string>()
      const overlaps: string[] = []
      for (let n = 0; n < 6; n++)
        for (const priority of ['normal', 'vip'] as const)
          for (const key of ['a', 'b']) await b.send(perLevel, { key, n }, { priority })
      b.consumer(perLevel).subscribe(async ({ body, priority }) => {
        const name = `${priority} ${body.key}`
        if (running.has(name)) overlaps.push(name)
        running.add(name)
        seen.push(`${name} ${body.n}`)
        await sleep(w.clock, 20)
        running.delete(name)
      })
      await w.clock.advance('5s')
      for (const name of ['normal a', 'normal b', 'vip a', 'vip b'])
        expect(seen.filter((step) => step.startsWith(name))).toEqual(
          Array.from({ length: 6 }, (_, n) => `${name} ${n}`),
        )
      expect(overlaps).toEqual([])
    })
  },
)

test('provision.wider, priority.urgent-first: what was delayed when a more urgent level was added keeps its own', async () => {
  const leveled = (...names: string[]) =>
    queue('leveled', {
      schema: type<string>(),
      priority: { levels: names, default: 'normal', policy: 'strict' },
      delay: { max: '1m' },
    })
  const [narrow, wide] = [leveled('normal', 'bulk'), leveled('vip', 'normal', 'bulk')]
  const w = world([])
  const before = await w.broker({ definitions: [narrow] })
  for (const priority of ['bulk', 'normal']) await before.send(narrow, priority, { priority, delay: '10s' })
  const after = await w.broker({ definitions: [wide] })
  await after.send(wide, 'vip', { priority: 'vip', delay: '10s' })
  await w.clock.advance('20s')
  const seen: string[] = []
  const consumer = after.consumer(wide)
  for (let i = 0; i < 3; i++) {
    const [message] = await finish(w.clock, consumer.receive())
    seen.push(message!.body)
    await message!.ack()
  }
  expect(seen).toEqual(['vip', 'normal', 'bulk'])
})
