import { DeadLetter, Defer, exponential, fixed, queue, RetryAfter, type } from '@anymq/core'
import { expect, test } from 'vitest'
import { eventsOf, gate, world } from './world.ts'

const numbers = queue('numbers', {
  schema: type<number>(),
  retry: { attempts: 3, backoff: fixed('10s') },
  timeout: '1m',
  lease: '10s',
})

test('consume.return-or-throw, retry.attempts, retry.backoff: n runs, each at least the backoff after the last', async () => {
  const { broker, clock } = world([numbers])
  const b = await broker()
  const runs: [number, number][] = []
  b.consumer(numbers).subscribe((message) => {
    runs.push([message.attempt, clock.monotonic()])
    throw new Error('always')
  })
  await b.producer(numbers).send(1)
  await clock.advance('5m')
  expect(runs.map(([attempt]) => attempt)).toEqual([1, 2, 3])
  expect(runs[1]![1] - runs[0]![1]).toBeGreaterThanOrEqual(10_000)
  expect(runs[2]![1] - runs[1]![1]).toBeGreaterThanOrEqual(10_000)
  expect(await b.deadLetters(numbers).peek()).toMatchObject([
    { reason: 'attempts', attempts: 3, error: 'Error: always' },
  ])
})

test('consume.verb-wins: a verb called before wins over return and throw', async () => {
  const { broker, clock } = world([numbers])
  const b = await broker()
  const seen: string[] = []
  b.consumer(numbers).subscribe(async (message) => {
    seen.push(`${message.body}:${message.attempt}`)
    if (message.body === 1) await message.deadLetter('no use')
    if (message.body === 2 && message.attempt === 1) await message.retry({ after: '1s' })
    if (message.body === 3) {
      await message.ack()
      throw new Error('too late')
    }
  })
  await b.producer(numbers).sendBatch([1, 2, 3].map((body) => ({ body })))
  await clock.advance('1m')
  expect(seen.toSorted()).toEqual(['1:1', '2:1', '2:2', '3:1'])
  expect(await b.deadLetters(numbers).peek()).toMatchObject([{ body: 1, reason: 'rejected', error: 'no use' }])
})

test('consume.dead-letter-error, consume.retry-after-error, consume.defer-error: the steering errors', async () => {
  const { broker, clock } = world([numbers])
  const b = await broker()
  const runs: string[] = []
  b.consumer(numbers).subscribe((message) => {
    runs.push(`${message.body}:${message.attempt}@${clock.monotonic()}`)
    if (message.body === 1) throw new DeadLetter('never')
    if (message.body === 2 && message.attempt === 1) throw new RetryAfter('3s')
    if (message.body === 3 && runs.filter((run) => run.startsWith('3')).length < 3) throw new Defer('7s')
  })
  await b.producer(numbers).sendBatch([1, 2, 3].map((body) => ({ body })))
  await clock.advance('1m')
  expect(runs).toEqual(['1:1@0', '2:1@0', '3:1@0', '2:2@3000', '3:1@7000', '3:1@14000'])
})

test('retry.when: false dead-letters at once; a hook that throws loses nothing and does not spin', async () => {
  const when = (error: unknown, attempt: number): boolean => {
    if ((error as Error).message === 'hook') throw new Error('broken hook')
    return (error as Error).message !== 'fatal' && attempt < 9
  }
  const classified = queue('classified', { schema: type<string>(), retry: { when, backoff: () => '1s' } })
  const { broker, clock } = world([classified])
  const b = await broker()
  let hooks = 0
  b.consumer(classified).subscribe(({ body }) => {
    if (body === 'hook') hooks++
    throw new Error(body)
  })
  await b.producer(classified).sendBatch([{ body: 'fatal' }, { body: 'hook' }])
  await clock.advance('150s')
  expect(await b.deadLetters(classified).peek()).toMatchObject([
    { reason: 'rejected', error: 'Error: fatal', attempts: 1 },
  ])
  expect(hooks).toBe(3)
})

test('consume.concurrency: never exceeded, and reached', async () => {
  const { broker, clock } = world([numbers])
  const b = await broker()
  let running = 0
  let most = 0
  const gates = Array.from({ length: 20 }, gate)
  const work = b.consumer(numbers).subscribe(
    async (message) => {
      most = Math.max(most, ++running)
      await gates[message.body]!.passed
      running--
    },
    { concurrency: 4 },
  )
  await b.producer(numbers).sendBatch(gates.map((_, body) => ({ body })))
  await clock.settle()
  expect([running, work.running]).toEqual([4, 4])
  for (const { open } of gates) {
    open()
    await clock.settle()
  }
  expect([most, running]).toEqual([4, 0])
  expect(await b.stats(numbers)).toMatchObject({ ready: 0, leased: 0 })
})

test('consume.buffer-bounded: what is leased and not started is bounded', async () => {
  const { broker, clock } = world([numbers])
  const b = await broker()
  b.consumer(numbers).subscribe(() => new Promise(() => undefined), { concurrency: 3 })
  await b.producer(numbers).sendBatch(Array.from({ length: 100 }, (_, body) => ({ body })))
  await clock.settle()
  expect(await b.stats(numbers)).toMatchObject({ ready: 94, leased: 6 })
})

test('retry.no-slot: a waiting retry blocks nobody', async () => {
  const { broker, clock } = world([numbers])
  const b = await broker()
  const done: number[] = []
  b.consumer(numbers).subscribe(
    ({ body, attempt }) => {
      if (body === 0 && attempt === 1) throw new Error('later')
      done.push(body)
    },
    { concurrency: 1 },
  )
  await b.producer(numbers).sendBatch([0, 1, 2].map((body) => ({ body })))
  await clock.advance('1s')
  expect(done).toEqual([1, 2])
  await clock.advance('10s')
  expect(done).toEqual([1, 2, 0])
})

test('lease.extended: a handler and the messages behind it outlive many leases, with one delivery each', async () => {
  const { broker, clock } = world([numbers])
  const [one, two] = [await broker(), await broker()]
  const seen: string[] = []
  for (const [name, b] of [
    ['one', one],
    ['two', two],
  ] as const) {
    b.consumer(numbers).subscribe(
      async (message) => {
        seen.push(`${name} ${message.body}`)
        await new Promise<void>((resolve) => clock.setTimer(resolve, 45_000))
      },
      { concurrency: 1 },
    )
  }
  await clock.settle()
  await one.producer(numbers).sendBatch([0, 1, 2, 3].map((body) => ({ body })))
  await clock.advance('5m')
  expect(seen.map((line) => line.split(' ')[1]).toSorted()).toEqual(['0', '1', '2', '3'])
  expect(await one.stats(numbers)).toMatchObject({ ready: 0, leased: 0, delayed: 0, dead: 0 })
})

test('consume.timeout-grace, retry.attempt-meaning: signal, five seconds of grace, then a failure', async () => {
  const { broker, clock, events } = world([numbers])
  const b = await broker()
  const aborted: number[] = []
  const attempts: number[] = []
  b.consumer(numbers).subscribe(
    (message) => {
      attempts.push(message.attempt)
      message.signal.addEventListener('abort', () => aborted.push(clock.monotonic()))
      return message.attempt === 1 ? new Promise(() => undefined) : undefined
    },
    { timeout: '20s', concurrency: 2 },
  )
  await b.producer(numbers).send(1)
  await clock.advance('24s')
  expect(aborted[0]).toBeGreaterThanOrEqual(20_000)
  expect(eventsOf(events, 'handler-timeout')).toHaveLength(1)
  expect(eventsOf(events, 'retry')).toHaveLength(0)
  await clock.advance('2s')
  expect(eventsOf(events, 'retry')).toMatchObject([{ attempt: 1, delay: 10_000 }])
  await clock.advance('20s')
  expect(attempts).toEqual([1, 2])
})

test('consume.timeout-grace: a handler that listens to its signal in time is not a failure', async () => {
  const { broker, clock, events } = world([numbers])
  const b = await broker()
  b.consumer(numbers).subscribe(
    (message) => new Promise<void>((resolve) => message.signal.addEventListener('abort', () => resolve())),
    { timeout: '20s' },
  )
  await b.producer(numbers).send(1)
  await clock.advance('1m')
  expect(eventsOf(events, 'retry')).toHaveLength(0)
  expect(await b.stats(numbers)).toMatchObject({ leased: 0, delayed: 0 })
})

test('consume.zombies: as many zombies as handlers are allowed stop the intake, and health says so', async () => {
  const { broker, clock } = world([numbers])
  const b = await broker()
  const stuck = gate()
  let started = 0
  b.consumer(numbers).subscribe(
    () => {
      started++
      return stuck.passed
    },
    { timeout: '10s', concurrency: 2 },
  )
  await b.producer(numbers).sendBatch([0, 1, 2, 3, 4].map((body) => ({ body })))
  await clock.advance('16s')
  // The first zombie's slot was free for a third handler, the second zombie stopped the intake.
  expect(started).toBe(3)
  expect(b.health()).toMatchObject({
    status: 'degraded',
    reasons: [expect.stringMatching(/2 handlers outlived their timeout/)],
  })
  stuck.open()
  await clock.settle()
  expect(b.health().status).toBe('up')
  expect(started).toBe(5)
})

test('consume.pause: nothing starts, what was not started goes back, and resume goes on', async () => {
  const { broker, clock } = world([numbers])
  const b = await broker()
  const seen: number[] = []
  const first = gate()
  const work = b.consumer(numbers).subscribe(
    async ({ body }) => {
      seen.push(body)
      await first.passed
    },
    { concurrency: 1 },
  )
  await b.producer(numbers).sendBatch([0, 1, 2].map((body) => ({ body })))
  await clock.settle()
  work.pause()
  first.open()
  await clock.advance('1m')
  expect(seen).toEqual([0])
  expect(await b.stats(numbers)).toMatchObject({ ready: 2, leased: 0 })
  work.resume()
  await clock.settle()
  expect(seen).toEqual([0, 1, 2])
})

test('consume.failure-visible: a failure is a warning, a dead letter an error, and no body is in either', async () => {
  const secret = queue('secret', { schema: type<{ card: string }>(), retry: { attempts: 2, backoff: fixed(0) } })
  const { broker, clock, lines } = world([secret])
  const b = await broker()
  b.consumer(secret).subscribe(() => {
    throw new Error('declined')
  })
  await b.producer(secret).send({ card: '4242' }, { id: 'o-1' })
  await clock.advance('1s')
  expect(lines.map(({ level, fields }) => [level, fields['source'], fields['id'], fields['attempt']])).toEqual([
    ['warn', 'secret', 'o-1', 1],
    ['error', 'secret', 'o-1', 2],
  ])
  expect(JSON.stringify(lines)).not.toContain('4242')
})

test('consume.one-feed, consume.one-engine: push and pull share one source, each message once', async () => {
  const { broker, clock } = world([numbers])
  const b = await broker()
  const pushed: number[] = []
  b.consumer(numbers).subscribe(({ body }) => void pushed.push(body), { concurrency: 1 })
  const pulling = b.consumer(numbers).receive({ max: 5 })
  await clock.settle()
  await b.producer(numbers).sendBatch(Array.from({ length: 40 }, (_, body) => ({ body })))
  const pulled = await pulling
  await Promise.all(pulled.map((message) => message.ack()))
  await clock.settle()
  expect([...pushed, ...pulled.map(({ body }) => body)].toSorted((a, b2) => a - b2)).toEqual(
    Array.from({ length: 40 }, (_, i) => i),
  )
  expect(pulled.length).toBeGreaterThan(0)
})

test('error.none-unhandled: a handler may throw anything, sync or async', async () => {
  const anything = queue('anything', {
    schema: type<number>(),
    retry: { attempts: 1, backoff: exponential('1s', '1m') },
  })
  const { broker, clock } = world([anything])
  const b = await broker()
  const ways: (() => unknown)[] = [
    () => {
      throw undefined
    },
    () => Promise.reject(null),
    () => {
      throw 'text'
    },
    () =>
      Promise.reject({
        toString: () => {
          throw new Error('nested')
        },
      }),
    () => ({ then: (_: unknown, reject: (e: unknown) => void) => reject(7) }),
  ]
  b.consumer(anything).subscribe(({ body }) => ways[body]!())
  await b.producer(anything).sendBatch(ways.map((_, body) => ({ body })))
  await clock.advance('1s')
  expect((await b.deadLetters(anything).peek()).map(({ error }) => error).toSorted()).toEqual([
    '7',
    'a value that cannot be shown',
    'null',
    'text',
    'undefined',
  ])
})
