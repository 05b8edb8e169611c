import { DeadLetter, queue, type as typed, type MqError } from '@anymq/core'
import { expect, onTestFinished, test } from 'vitest'
import { memory, type MemoryMask } from '../src/index.ts'
import { finish, world } from './world.ts'

interface Order {
  readonly n: number
}
interface Job {
  readonly n: number
  readonly key: string
}
const orders = queue('orders', { schema: typed<Order>() })

/** `count` dead letters `o-0`, `o-1`, …; what comes back is pulled with `back()`. */
async function withDead(count: number) {
  const w = world([orders])
  const b = await w.broker()
  const work = b.consumer(orders).subscribe(() => {
    throw new DeadLetter('declined')
  })
  const items = Array.from({ length: count }, (_, n) => ({ body: { n }, id: `o-${n}`, key: `k-${n % 3}` }))
  await b.producer(orders).sendBatch(items)
  await w.clock.settle()
  await finish(w.clock, work.close())
  const consumer = b.consumer(orders)
  const back = async (): Promise<string[]> => {
    const messages = await finish(w.clock, consumer.receive({ max: 20_000, wait: 0 }))
    await Promise.all(messages.map((message) => message.ack()))
    return messages.map(({ id }) => id)
  }
  return { ...w, b, dead: b.deadLetters(orders), back }
}

const ids = (from: number, to: number): string[] => Array.from({ length: to - from }, (_, i) => `o-${from + i}`)

test('redrive.where: moves what it accepts, keeps the rest where it was, in order', async () => {
  const { dead, back } = await withDead(250)
  const result = await dead.redrive({ where: (m) => m.valid && m.body.n % 2 === 0 })
  expect(result).toEqual({ moved: 125, kept: 125, complete: true, failed: [] })
  expect(await back()).toEqual(ids(0, 250).filter((_, n) => n % 2 === 0))
  expect((await dead.peek({ max: 1000 })).map(({ id }) => id)).toEqual(ids(0, 250).filter((_, n) => n % 2 === 1))
})

test('redrive.where: one that throws or returns a promise keeps its message and is named', async () => {
  const { dead } = await withDead(4)
  const where = ({ id }: { readonly id: string }): boolean => {
    if (id === 'o-1') throw new Error('no idea')
    if (id === 'o-2') return Promise.reject(new Error('later')) as never
    return true
  }
  const result = await dead.redrive({ where })
  expect(result).toMatchObject({ moved: 2, kept: 2, complete: true })
  expect(result.failed.map(({ id, error }) => [id, error.code, error.message])).toEqual([
    ['o-1', 'MQ_INVALID', 'no idea'],
    ['o-2', 'MQ_INVALID', expect.stringMatching(/^where returned a promise; return true or false/) as string],
  ])
})

test('redrive.where: ids and where both must hold, and map sees what they let through', async () => {
  const { dead, back } = await withDead(6)
  const seen: string[] = []
  await dead.redrive({
    ids: ['o-1', 'o-2', 'o-3'],
    where: ({ id }) => id !== 'o-2',
    map: (m) => {
      seen.push(m.id)
      return m.valid ? m.body : undefined
    },
  })
  expect([seen, await back()]).toEqual([
    ['o-1', 'o-3'],
    ['o-1', 'o-3'],
  ])
})

test('redrive.where: limit counts what is moved, scan what is looked at', async () => {
  const { dead, back } = await withDead(300)
  const odd = (m: { readonly id: string }): boolean => Number(m.id.slice(2)) % 2 === 1
  expect(await dead.redrive({ where: odd, limit: 3 })).toEqual({ moved: 3, kept: 3, complete: false, failed: [] })
  expect(await back()).toEqual(['o-1', 'o-3', 'o-5'])
  expect(await dead.redrive({ scan: 120, where: odd })).toMatchObject({ moved: 58, kept: 62, complete: false })
  expect(await back()).toHaveLength(58)
  expect(await dead.redrive({ limit: 239 })).toMatchObject({ moved: 239, kept: 0, complete: true })
  expect(await dead.count()).toBe(0)
})

test('redrive.where: a dry run reports the same and moves nothing', async () => {
  const { dead, back } = await withDead(230)
  const options = { where: ({ id }: { readonly id: string }) => id.endsWith('7'), limit: 12 }
  const planned = await dead.redrive({ ...options, dryRun: true, rate: 1 })
  expect([await dead.count(), await back()]).toEqual([230, []])
  expect(await dead.redrive(options)).toEqual(planned)
  expect(planned.moved).toBe(12)
})

test('redrive.where: 10,000 are looked at unless scan says more', async () => {
  const { dead } = await withDead(10_050)
  const none = { where: () => false }
  expect(await dead.redrive(none)).toMatchObject({ moved: 0, kept: 10_000, complete: false })
  expect(await dead.redrive({ ...none, scan: 20_000 })).toMatchObject({ kept: 10_050, complete: true })
})

test('redrive.rate: spread evenly, the first at once', async () => {
  const { dead, clock, b } = await withDead(10)
  const start = clock.monotonic()
  const times: number[] = []
  b.consumer(orders).subscribe(() => void times.push(clock.monotonic() - start))
  expect(await finish(clock, dead.redrive({ rate: 4 }))).toMatchObject({ moved: 10, complete: true })
  expect(times).toEqual(Array.from({ length: 10 }, (_, i) => i * 250))
})

test('redrive.rate: a rate beyond what timers can tell apart is kept too, also over several slices', async () => {
  const { dead, clock } = await withDead(3000)
  const start = clock.monotonic()
  let end = 0
  const redriving = dead.redrive({ rate: 2500 }).then((result) => {
    end = clock.monotonic()
    return result
  })
  expect(await finish(clock, redriving)).toMatchObject({ moved: 3000, complete: true })
  expect(end - start).toBeGreaterThanOrEqual(1195)
  expect(end - start).toBeLessThanOrEqual(1210)
})

test('redrive.rate: slower than the leases of the dead letters, nothing moves twice', async () => {
  const { dead, clock, back } = await withDead(150)
  expect(await finish(clock, dead.redrive({ rate: 0.5 }))).toMatchObject({ moved: 150, complete: true, failed: [] })
  expect(await back()).toEqual(ids(0, 150))
})

test('redrive.rate: interrupted it says what was done; run again it does the rest', async () => {
  const { dead, clock, back } = await withDead(10)
  const stop = new AbortController()
  const redriving = dead.redrive({ rate: 1, signal: stop.signal })
  await clock.advance('3500ms')
  stop.abort()
  expect(await redriving).toEqual({ moved: 4, kept: 0, complete: false, failed: [] })
  expect([await back(), await dead.count()]).toEqual([ids(0, 4), 6])
  expect(await dead.redrive()).toMatchObject({ moved: 6, complete: true })
  expect(await back()).toEqual(ids(4, 10))
})

test('redrive.rate: a signal that aborted before, or inside `where`, interrupts between two messages', async () => {
  const { dead } = await withDead(5)
  const nothing = { moved: 0, kept: 0, complete: false, failed: [] }
  expect(await dead.redrive({ signal: AbortSignal.abort() })).toEqual(nothing)
  const stop = new AbortController()
  const where = ({ id }: { readonly id: string }): boolean => {
    if (id === 'o-2') stop.abort()
    return false
  }
  expect(await dead.redrive({ where, signal: stop.signal })).toEqual({ ...nothing, kept: 3 })
  expect(await dead.count()).toBe(5)
})

test.for<[string, readonly MemoryMask[]]>([
  ['natively', []],
  ['in parts', ['ordering', 'priority', 'atomicMove']],
])(
  'redrive.keeps, priority.survives: a source with order and levels, %s: what is redriven keeps key order and level',
  async ([, mask]) => {
    const jobs = queue('jobs', {
      schema: typed<Job>(),
      ordering: { key: (job) => job.key, shards: 3, withPriority: 'per-level' },
      priority: { levels: ['high', 'low'], default: 'low' },
    })
    const w = world([jobs])
    const b = await w.broker({}, memory({ server: w.server, mask }))
    const work = b.consumer(jobs).subscribe(() => {
      throw new DeadLetter('declined')
    })
    for (let n = 0; n < 60; n++)
      await b.producer(jobs).send({ n, key: `k-${n % 4}` }, n % 3 === 0 ? { priority: 'high' } : {})
    await w.clock.advance('5s')
    await finish(w.clock, work.close())
    const dead = b.deadLetters(jobs)
    const redriving = dead.redrive({ where: (m) => m.valid && m.body.n % 5 !== 0 })
    expect(await finish(w.clock, redriving)).toMatchObject({ moved: 48, kept: 12, complete: true, failed: [] })
    const lanes = new Map<string, number[]>()
    b.consumer(jobs).subscribe(({ body, key, priority, redriven }) => {
      expect([priority, key, redriven]).toEqual([body.n % 3 === 0 ? 'high' : 'low', body.key, 1])
      lanes.set(`${key} ${priority}`, [...(lanes.get(`${key} ${priority}`) ?? []), body.n])
    })
    await w.clock.advance('5s')
    expect([...lanes.values()].flat()).toHaveLength(48)
    for (const lane of lanes.values()) expect(lane).toEqual(lane.toSorted((one, other) => one - other))
  },
)

test('redrive.report: a connection lost halfway rejects; what was moved stays moved, the rest is redriven later', async () => {
  const { dead, clock, b, back } = await withDead(10)
  const redriving = dead.redrive({ rate: 1 })
  redriving.catch(() => undefined)
  await clock.advance('2500ms')
  b.native.cut()
  await expect(redriving).rejects.toMatchObject({ code: 'MQ_CONNECTION', retryable: true })
  await clock.advance('10s')
  expect(await dead.redrive()).toMatchObject({ moved: 7, complete: true })
  expect((await back()).toSorted()).toEqual(ids(0, 10))
})

test('dead.discard: deletes what is chosen and no other', async () => {
  const { dead, server } = await withDead(300)
  expect(await dead.discard({ ids: ['o-1', 'o-299', 'o-300'] })).toBe(2)
  expect(await dead.discard({ where: (m) => m.valid && m.body.n < 250 })).toBe(249)
  expect((await dead.peek({ max: 1000 })).map(({ id }) => id)).toEqual(ids(250, 299))
  expect(server.messages).toBe(49)
})

test('dead.discard: one whose `where` throws stays; the others are gone, and the error names it', async () => {
  const { dead } = await withDead(3)
  const discarding = dead.discard({
    where: ({ id }) => {
      if (id === 'o-1') throw new Error('no idea')
      return true
    },
  })
  await expect(discarding).rejects.toMatchObject({
    code: 'MQ_INVALID',
    message: expect.stringMatching(
      /^2 dead letters of "orders" were deleted, these were not:\n {2}- o-1: no idea$/,
    ) as string,
  })
  expect((await dead.peek()).map(({ id }) => id)).toEqual(['o-1'])
})

test('dead.discard: purge deletes all', async () => {
  const { dead, server } = await withDead(300)
  await dead.purge()
  expect([await dead.count(), server.messages]).toEqual([0, 0])
})

test('dead.discard, error.shape: wrong options are refused by name, and nothing happens', async () => {
  const { dead, b, clock } = await withDead(1)
  const wrong: readonly [() => Promise<unknown>, string][] = [
    [() => dead.discard({}), 'options: has neither ids nor where; say which are meant, or call purge() to delete all'],
    [() => dead.discard(undefined as never), 'options: has neither ids nor where'],
    [() => dead.discard({ ids: 'o-0' } as never), 'options > ids: is "o-0"; give an array of message ids'],
    [() => dead.discard({ where: 5 } as never), 'options > where: is 5; give a function (message) => boolean'],
    [() => dead.redrive({ limit: 0 }), 'options > limit: is 0; give a whole number from 1'],
    [() => dead.redrive({ scan: 1e7 }), 'options > scan: is 10000000; give a whole number from 1 to 1000000'],
    [() => dead.redrive({ rate: 0 }), 'options > rate: is 0; give messages per second: a number above 0'],
    [() => dead.redrive({ dryRun: 'yes' as never }), 'options > dryRun: is "yes"; give true or false'],
    [() => dead.redrive({ signal: {} as never }), 'options > signal: is an object; give an AbortSignal'],
    [
      () => dead.redrive({ were: () => true } as never),
      'options > were: is an unknown field; the fields are ids, where',
    ],
  ]
  for (const [use, sentence] of wrong) {
    const error = (await use().catch((cause: unknown) => cause)) as MqError
    expect([error.code, error.message]).toEqual(['MQ_CONFIG', expect.stringContaining(sentence)])
  }
  expect(await dead.count()).toBe(1)
  await finish(clock, b.close())
  for (const use of [() => dead.discard({ ids: [] }), () => dead.purge()])
    await expect(use()).rejects.toMatchObject({ code: 'MQ_CLOSED', retryable: false })
})

test('error.none-unhandled: an async `where` that rejects is nobody’s unhandled rejection', async () => {
  const unhandled: unknown[] = []
  const note = (error: unknown): void => void unhandled.push(error)
  process.on('unhandledRejection', note)
  onTestFinished(() => void process.off('unhandledRejection', note))
  const { dead, clock } = await withDead(2)
  const where = (async () => Promise.reject(new Error('no'))) as never
  expect(await dead.redrive({ where })).toMatchObject({ moved: 0, kept: 2 })
  await expect(dead.discard({ where })).rejects.toThrow(/where returned a promise/)
  await clock.settle()
  expect(unhandled).toEqual([])
})
