import { DeadLetter, fixed, group, queue, topic, type, type Broker, type Message } from '@anymq/core'
import { describe, expect, test } from 'vitest'
import { memoryServer, type MemoryConnection, type MemoryMask } from '../src/index.ts'
import { lacking, worldsWithout } from './masks.ts'
import { eventsOf, finish, gate, sleep, world, type World } from './world.ts'

interface Step {
  readonly key: string
  readonly n: number
}

const steps = queue('steps', {
  schema: type<Step>(),
  ordering: { key: ({ key }) => key },
  retry: { attempts: 3, backoff: fixed('10s') },
  lease: '5s',
  timeout: '5m',
})
const skipping = queue('skipping', {
  schema: type<Step>(),
  ordering: { key: ({ key }) => key, onFailure: 'skip' },
  retry: { attempts: 3, backoff: fixed('10s') },
})

const walked = topic('walked', { schema: type<Step>(), groups: ['left', 'right'], ordering: { key: ({ key }) => key } })
const left = group(walked, 'left')
const right = group(walked, 'right')

/** The order in which handlers started and whether two of one key ever ran at once. */
function recorder(w: World) {
  const started: Step[] = []
  const running = new Set<string>()
  const overlaps: Step[] = []
  return {
    started,
    overlaps,
    of: (key: string) => started.filter((step) => step.key === key).map(({ n }) => n),
    run: async ({ body }: Message<Step>, ms: number): Promise<void> => {
      if (running.has(body.key)) overlaps.push(body)
      running.add(body.key)
      started.push(body)
      await sleep(w.clock, ms)
      running.delete(body.key)
    },
  }
}

function numbers(count: number): number[] {
  return Array.from({ length: count }, (_, n) => n)
}

async function sendSteps(b: Broker<MemoryConnection>, count: number, ...keys: string[]): Promise<void> {
  await b.producer(steps).sendBatch(numbers(count).flatMap((n) => keys.map((key) => ({ body: { key, n } }))))
}

describe.for(worldsWithout('ordering'))('order, %s', ([, mask]: [string, readonly MemoryMask[]]) => {
  const open = (w: World) => w.broker({}, lacking(w.server, mask))

  test('order.starts, order.keys-parallel: two processes, five keys, handlers of any length: each key in order and never twice at once', async () => {
    const w = world([steps])
    const log = recorder(w)
    const brokers = [await open(w), await open(w)]
    await sendSteps(brokers[0]!, 40, 'a', 'b', 'c', 'd', 'e')
    let most = 0
    let now = 0
    for (const b of brokers)
      b.consumer(steps).subscribe(
        async (message) => {
          most = Math.max(most, ++now)
          await log.run(message, 10 + ((message.body.n * 37) % 90))
          now--
        },
        { concurrency: 4 },
      )
    await w.clock.advance('2m')
    for (const key of ['a', 'b', 'c', 'd', 'e']) expect(log.of(key)).toEqual(numbers(40))
    expect(log.overlaps).toEqual([])
    expect(most).toBeGreaterThanOrEqual(4)
    expect(await brokers[0]!.stats(steps)).toMatchObject({ ready: 0, leased: 0 })
  })

  test('order.block, dead.*: a failing head keeps its place, its key waits, others flow; dead-lettered, the key goes on', async () => {
    const w = world([steps])
    const log = recorder(w)
    const b = await open(w)
    await sendSteps(b, 5, 'bad', 'good')
    b.consumer(steps).subscribe(async (message) => {
      await log.run(message, 1)
      if (message.body.key === 'bad' && message.body.n === 1) throw new Error(`no (${message.attempt})`)
    })
    await w.clock.advance('9s')
    expect(log.of('good')).toEqual(numbers(5))
    expect(log.of('bad')).toEqual([0, 1])
    await w.clock.advance('30s')
    expect(log.of('bad')).toEqual([0, 1, 1, 1, 2, 3, 4])
    const dead = await finish(w.clock, b.deadLetters(steps).peek())
    expect(dead).toMatchObject([{ reason: 'attempts', attempts: 3, error: 'Error: no (3)', key: 'bad' }])
  })

  test('order.starts: a message that its handler settles lets its key go on only when the handler has ended', async () => {
    const w = world([steps])
    const log = recorder(w)
    const b = await open(w)
    await sendSteps(b, 3, 'a')
    b.consumer(steps).subscribe(async (message) => {
      await message.ack()
      await log.run(message, 1000)
    })
    await w.clock.advance('10s')
    expect(log.of('a')).toEqual([0, 1, 2])
    expect(log.overlaps).toEqual([])
  })

  test('order.starts: a retry by verb keeps its key waiting for the handler that still runs, and for the backoff', async () => {
    const w = world([steps])
    const log = recorder(w)
    const b = await open(w)
    await sendSteps(b, 2, 'a')
    b.consumer(steps).subscribe(async (message) => {
      if (message.attempt === 1 && message.body.n === 0) await message.retry()
      await log.run(message, 15_000)
    })
    await w.clock.advance('2m')
    expect(log.of('a')).toEqual([0, 0, 1])
    expect(log.overlaps).toEqual([])
  })

  test('order.starts, settle.defer-limits: a deferred head keeps its key waiting, uncounted', async () => {
    const w = world([steps])
    const b = await open(w)
    const seen: [number, number, number][] = []
    await sendSteps(b, 2, 'a')
    b.consumer(steps).subscribe(async (message) => {
      seen.push([message.body.n, message.attempt, w.clock.now()])
      if (seen.length === 1) await message.defer('20s')
    })
    await w.clock.advance('1m')
    expect(seen.map(([n, attempt]) => [n, attempt])).toEqual([
      [0, 1],
      [0, 1],
      [1, 1],
    ])
    expect(seen[1]![2] - seen[0]![2]).toBeGreaterThanOrEqual(20_000)
  })

  test('order.suffix: after a cut connection a suffix repeats, in order', async () => {
    const w = world([steps])
    const log = recorder(w)
    const b = await open(w)
    await sendSteps(b, 6, 'a')
    b.consumer(steps).subscribe((message) => log.run(message, 100))
    await w.clock.advance('250ms')
    b.native.cut()
    await w.clock.advance('1m')
    const ran = log.of('a')
    // Whatever repeats, every step back leads to numbers that follow one another again.
    expect(ran.filter((n, i) => i > 0 && n > ran[i - 1]! + 1)).toEqual([])
    expect([...new Set(ran)]).toEqual(numbers(6))
    expect(ran.length).toBeLessThanOrEqual(8)
  })

  test('order.starts, settle.release: closed in the middle, another process goes on in order', async () => {
    const w = world([steps])
    const log = recorder(w)
    const [first, second] = [await open(w), await open(w)]
    await sendSteps(first, 20, 'a', 'b')
    const work = first.consumer(steps).subscribe((message) => log.run(message, 100))
    await w.clock.advance('550ms')
    const closed = finish(w.clock, work.close())
    await closed
    second.consumer(steps).subscribe((message) => log.run(message, 100))
    await w.clock.advance('1m')
    expect(log.of('a')).toEqual(numbers(20))
    expect(log.of('b')).toEqual(numbers(20))
    expect(log.overlaps).toEqual([])
  })

  test('order.starts: a process that dies: another takes over when its leases end, in order', async () => {
    const w = world([steps])
    const log = recorder(w)
    const [first, second] = [await open(w), await open(w)]
    await sendSteps(first, 10, 'a', 'b', 'c')
    first.consumer(steps).subscribe((message) => (message.body.n < 3 ? undefined : new Promise(() => {})))
    await w.clock.advance('1s')
    first.native.abandon()
    second.consumer(steps).subscribe((message) => log.run(message, 10))
    await w.clock.advance('1m')
    for (const key of ['a', 'b', 'c']) expect(log.of(key)).toEqual(numbers(10).slice(3))
    await finish(w.clock, first.close({ timeout: 0 }))
  })

  test('send.key-order: a broker that is full, message by message or from one on, is waited for, and each key stays in order', async () => {
    const w = world([steps], memoryServer({ maxMessages: 4 }))
    const log = recorder(w)
    const b = await open(w)
    const sending = numbers(30).map((n) => b.send(steps, { key: n % 2 === 0 ? 'a' : 'b', n }, { timeout: '1m' }))
    b.consumer(steps).subscribe((message) => log.run(message, 30), { concurrency: 1 })
    await w.clock.advance('30s')
    await Promise.all(sending)
    expect(log.of('a')).toEqual(numbers(30).filter((n) => n % 2 === 0))
    expect(log.of('b')).toEqual(numbers(30).filter((n) => n % 2 === 1))
  })

  test('order.hot-key: hundreds behind a slow head keep no other key from working', async () => {
    const w = world([steps])
    const log = recorder(w)
    const b = await open(w)
    await b.producer(steps).sendBatch(numbers(600).map((n) => ({ body: { key: 'hot', n } })))
    await sendSteps(b, 20, 'a', 'b', 'c', 'd')
    const { passed, open: release } = gate()
    b.consumer(steps).subscribe(
      async (message) => {
        await log.run(message, 1)
        if (message.body.key === 'hot' && message.body.n === 0) await passed
      },
      { concurrency: 3 },
    )
    await w.clock.advance('10s')
    for (const key of ['a', 'b', 'c', 'd']) expect(log.of(key)).toEqual(numbers(20))
    expect(log.of('hot')).toEqual([0])
    release()
    await w.clock.advance('30s')
    expect(log.of('hot')).toEqual(numbers(600))
  })

  test('order.starts, group.independent: each group of a topic has its own order of each key', async () => {
    const w = world([walked, left, right])
    const b = await open(w)
    const logs = [left, right].map((source) => {
      const log = recorder(w)
      b.consumer(source).subscribe((message) => log.run(message, 10 + ((message.body.n * 37) % 90)), { concurrency: 4 })
      return log
    })
    await b.producer(walked).sendBatch(numbers(20).flatMap((n) => ['a', 'b'].map((key) => ({ body: { key, n } }))))
    await w.clock.advance('1m')
    for (const log of logs) {
      expect([log.of('a'), log.of('b')]).toEqual([numbers(20), numbers(20)])
      expect(log.overlaps).toEqual([])
    }
  })

  test('order.no-key: messages without a key are spread and wait for nobody', async () => {
    const w = world([queue('loose', { schema: type<number>(), ordering: { key: () => undefined } })])
    const loose = queue('loose2', { schema: type<number>(), ordering: { key: () => undefined } })
    const b = await w.broker({ definitions: [loose] }, lacking(w.server, mask))
    await b.producer(loose).sendBatch(numbers(20).map((body) => ({ body })))
    let most = 0
    let now = 0
    b.consumer(loose).subscribe(async () => {
      most = Math.max(most, ++now)
      await sleep(w.clock, 100)
      now--
    })
    await w.clock.advance('10s')
    expect(most).toBe(10)
  })

  test('pull.receive, order.starts: a pull gets one message of each key, and the next when that is settled', async () => {
    const w = world([steps])
    const b = await open(w)
    await sendSteps(b, 3, 'a', 'b')
    const consumer = b.consumer(steps)
    const first = await finish(w.clock, consumer.receive({ max: 10, wait: '1s' }))
    expect(first.map(({ body }) => body)).toEqual([
      { key: 'a', n: 0 },
      { key: 'b', n: 0 },
    ])
    await finish(w.clock, first[0]!.ack())
    const second = await finish(w.clock, consumer.receive({ max: 10, wait: '1s' }))
    expect(second.map(({ body }) => body)).toEqual([{ key: 'a', n: 1 }])
  })

  test('redrive.keeps: what is redriven keeps the order of its key', async () => {
    const w = world([steps])
    const log = recorder(w)
    const b = await open(w)
    await sendSteps(b, 4, 'a', 'b')
    let isMended = false
    b.consumer(steps).subscribe(async (message) => {
      if (!isMended) throw new DeadLetter('broken')
      await log.run(message, 1)
    })
    await w.clock.advance('1m')
    isMended = true
    const result = await finish(w.clock, b.deadLetters(steps).redrive())
    expect(result).toMatchObject({ moved: 8, kept: 0, complete: true })
    await w.clock.advance('1m')
    for (const key of ['a', 'b']) expect(log.of(key)).toEqual(numbers(4))
  })

  test('order.skip: the head leaves the line, its key goes on, and it comes again', async () => {
    const w = world([skipping])
    const b = await w.broker({}, lacking(w.server, mask))
    const ran: number[] = []
    await b.producer(skipping).sendBatch(numbers(4).map((n) => ({ body: { key: 'a', n } })))
    b.consumer(skipping).subscribe((message) => {
      ran.push(message.body.n)
      if (message.body.n === 0 && message.attempt < 3) throw new Error('later')
    })
    await w.clock.advance('1m')
    expect(ran).toEqual([0, 1, 2, 3, 0, 0])
    expect(eventsOf(w.events, 'retry').map(({ attempt }) => attempt)).toEqual([1, 2])
  })

  test('order.deaf-handler: a handler whose time ran out frees its key, and its settlement is refused', async () => {
    const w = world([steps])
    const b = await open(w)
    const log: string[] = []
    const late: Promise<void>[] = []
    await sendSteps(b, 2, 'a')
    b.consumer(steps, { retry: { attempts: 1 }, timeout: '10s' }).subscribe(async (message) => {
      log.push(`${message.body.n}`)
      if (message.body.n > 0) return
      await sleep(w.clock, 60_000)
      late.push(message.ack())
    })
    await w.clock.advance('2m')
    expect(log).toEqual(['0', '1'])
    await expect(late[0]).rejects.toMatchObject({ code: 'MQ_ALREADY_SETTLED' })
  })
})
