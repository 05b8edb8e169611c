import { DeadLetter, Defer, fixed, group, MqError, queue, topic, type, type Broker } from '@anymq/core'
import { expect, test } from 'vitest'
import { faulty, PASSING, type Faults } from './faulty.ts'
import { masked, type Mask } from './masked.ts'
import { eventsOf, finish, gate, world, type World } from './world.ts'

const jobs = queue('jobs', {
  schema: type<number>(),
  retry: { attempts: 3, backoff: fixed('10s') },
  lease: '5s',
  timeout: '1m',
})
const placed = topic('placed', { schema: type<number>(), groups: ['payment', 'audit'] })
const payment = group(placed, 'payment', { retry: { attempts: 1 } })
const audit = group(placed, 'audit')

const settlements: Mask = { settlements: true }
const both: Mask = { settlements: true, groups: true }

/** A broker on a server that lacks what the mask says. */
function lacking(w: World, mask: Mask, faults: Faults = {}) {
  return w.broker({}, masked(mask, w.server, faulty(faults, w.server)))
}

test('retry.attempts, retry.backoff: a broker that cannot count: n runs, each at least the backoff after the last', async () => {
  const w = world([jobs])
  const b = await lacking(w, settlements)
  const runs: [number, number][] = []
  const start = w.clock.now()
  b.consumer(jobs).subscribe((message) => {
    runs.push([message.attempt, w.clock.monotonic()])
    throw new Error('always')
  })
  await b.producer(jobs).send(1)
  await w.clock.advance('5m')
  expect(runs.map(([attempt]) => attempt)).toEqual([1, 2, 3])
  expect(runs[1]![1] - runs[0]![1]).toBeGreaterThanOrEqual(10_000)
  expect(runs[2]![1] - runs[1]![1]).toBeGreaterThanOrEqual(10_000)
  const [dead] = await b.deadLetters(jobs).peek()
  expect(dead).toMatchObject({
    reason: 'attempts',
    attempts: 3,
    error: 'Error: always',
    failedFirstAt: new Date(start),
  })
  expect(await b.stats(jobs)).toMatchObject({ ready: 0, leased: 0, dead: 1 })
})

test('retry.no-slot: what waits in the process keeps nobody from working', async () => {
  const w = world([jobs])
  const b = await lacking(w, settlements)
  const done: number[] = []
  b.consumer(jobs).subscribe(
    (message) => {
      if (message.body < 20 && message.attempt === 1) throw new Error('not yet')
      done.push(message.body)
    },
    { concurrency: 1 },
  )
  await b.producer(jobs).sendBatch(Array.from({ length: 40 }, (_, body) => ({ body })))
  await w.clock.advance('9s')
  expect(done.toSorted((a, c) => a - c)).toEqual(Array.from({ length: 20 }, (_, n) => n + 20))
  await w.clock.advance('2s')
  expect(new Set(done).size).toBe(40)
})

test('retry.attempt-meaning: a pause gives back what is fresh and keeps what has failed here', async () => {
  const w = world([jobs])
  const b = await lacking(w, settlements)
  const attempts: number[] = []
  const work = b.consumer(jobs).subscribe((message) => {
    attempts.push(message.attempt)
    throw new Error('always')
  })
  await b.producer(jobs).send(1)
  await w.clock.settle()
  work.pause()
  await w.clock.advance('1m')
  expect(attempts).toEqual([1])
  expect(await b.stats(jobs)).toMatchObject({ ready: 0, leased: 1 })
  work.resume()
  await w.clock.advance('15s')
  expect(attempts).toEqual([1, 2, 3])
})

test('close.sequence, settle.release: what waited for a retry goes to somebody else at once', async () => {
  const w = world([jobs])
  const [first, second] = [await lacking(w, settlements), await lacking(w, settlements)]
  first.consumer(jobs).subscribe(() => {
    throw new Error('always')
  })
  await first.producer(jobs).send(1)
  await w.clock.settle()
  const next = second.consumer(jobs).receive({ wait: '1s' })
  await finish(w.clock, first.close())
  const before = w.clock.monotonic()
  expect(await finish(w.clock, next)).toMatchObject([{ body: 1, attempt: 1 }])
  expect(w.clock.monotonic()).toBe(before)
})

test('settle.defer: waits in the process and counts nothing', async () => {
  const w = world([jobs])
  const b = await lacking(w, settlements)
  const runs: [number, number][] = []
  b.consumer(jobs).subscribe((message) => {
    runs.push([message.attempt, w.clock.monotonic()])
    if (runs.length < 3) throw new Defer('20s')
  })
  await b.producer(jobs).send(1)
  await w.clock.advance('1m')
  expect(runs.map(([attempt]) => attempt)).toEqual([1, 1, 1])
  expect(runs[2]![1] - runs[0]![1]).toBeGreaterThanOrEqual(40_000)
})

test('dead.unwritable: as long as the copy is refused the message stays under lease, then there is one', async () => {
  const w = world([jobs])
  let isFull = true
  const b = await lacking(w, settlements, {
    send: async (target, batch, next) =>
      isFull && target.role === 'dead' ? { failed: batch.map((_, index) => ({ index, failure: PASSING })) } : next(),
  })
  b.consumer(jobs).subscribe((message) => message.deadLetter('never'))
  await b.producer(jobs).send(1)
  await w.clock.advance('1m')
  expect(b.health()).toMatchObject({
    status: 'degraded',
    reasons: [expect.stringContaining('dead-letter queue of "jobs" cannot be written')],
  })
  expect(await b.stats(jobs)).toMatchObject({ leased: 1, dead: 0 })
  isFull = false
  await w.clock.advance('10s')
  expect(b.health()).toEqual({ status: 'up', reasons: [] })
  expect(await b.stats(jobs)).toMatchObject({ ready: 0, leased: 0, dead: 1 })
})

test('dead.unwritable: copies that get no answer hold up nothing else', async () => {
  const w = world([jobs])
  const answered = gate()
  const b = await lacking(w, settlements, {
    send: async (target, _batch, next) => {
      if (target.role === 'dead') await answered.passed
      return next()
    },
  })
  const done: number[] = []
  b.consumer(jobs).subscribe(async (message) => {
    if (message.body < 3) throw new DeadLetter('never')
    await message.ack()
    done.push(message.body)
  })
  for (let body = 0; body < 30; body++) {
    await b.producer(jobs).send(body)
    await w.clock.settle()
  }
  await w.clock.advance('1m')
  expect([done.length, await b.stats(jobs)]).toMatchObject([27, { ready: 0, leased: 3, dead: 0 }])
  answered.open()
  await w.clock.settle()
  expect(await b.stats(jobs)).toMatchObject({ ready: 0, leased: 0, dead: 3 })
})

test('dead.unwritable: it is tried ever more seldom, also while other messages are done with', async () => {
  const w = world([jobs])
  let tries = 0
  const b = await lacking(w, settlements, {
    send: async (target, batch, next) => {
      if (target.role !== 'dead') return next()
      tries++
      return { failed: batch.map((_, index) => ({ index, failure: PASSING })) }
    },
  })
  b.consumer(jobs).subscribe((message) => {
    if (message.body === 0) throw new DeadLetter('never')
  })
  for (let body = 0; body < 100; body++) {
    await b.producer(jobs).send(body)
    await w.clock.advance(100)
  }
  // After 0.1, 0.3, 0.7, 1.5, 3.1 and 6.3 seconds.
  expect(tries).toBeLessThanOrEqual(7)
})

test.each([true, false])(
  'retry.forward-never-loses: an acknowledgement that fails after its copy (retryable: %s) is tried again, without a second copy',
  async (retryable) => {
    const w = world([jobs])
    let refusals = 3
    const b = await lacking(w, settlements, {
      settle: async (batch, next) =>
        batch.some(({ action }) => action === 'ack') && refusals-- > 0
          ? { failed: batch.map((_, index) => ({ index, failure: { ...PASSING, retryable } })) }
          : next(),
    })
    b.consumer(jobs).subscribe((message) => message.deadLetter('never'))
    await b.producer(jobs).send(1)
    await w.clock.advance('1m')
    expect(refusals).toBeLessThan(0)
    expect(await b.stats(jobs)).toMatchObject({ ready: 0, leased: 0, dead: 1 })
  },
)

test('group.every-message, redrive.own-source: each listed group gets its copy, and a redrive reaches the one that failed alone', async () => {
  const w = world([placed, payment, audit])
  const b = await lacking(w, both)
  const seen: string[] = []
  let isBroken = true
  b.consumer(payment).subscribe((message) => {
    if (isBroken) throw new Error('declined')
    seen.push(`payment ${message.id}`)
  })
  b.consumer(audit).subscribe((message) => void seen.push(`audit ${message.id}`))
  await b.producer(placed).sendBatch([1, 2].map((body) => ({ body, id: `m-${body}` })))
  await w.clock.settle()
  expect(seen).toEqual(['audit m-1', 'audit m-2'])
  isBroken = false
  expect(await finish(w.clock, b.deadLetters(payment).redrive())).toMatchObject({ moved: 2, complete: true })
  await w.clock.settle()
  expect(seen).toEqual(['audit m-1', 'audit m-2', 'payment m-1', 'payment m-2'])
})

test('retry.forward-never-loses: a redrive that takes longer than its leases makes no second copy', async () => {
  const w = world([jobs])
  let isSlow = false
  const b = await lacking(w, settlements, {
    send: async (_target, _batch, next) => {
      if (isSlow) await new Promise<void>((resolve) => w.clock.setTimer(resolve, 10_000))
      return next()
    },
  })
  const work = b.consumer(jobs).subscribe((message) => message.deadLetter('never'))
  await b.producer(jobs).sendBatch(Array.from({ length: 1000 }, (_, body) => ({ body })))
  await w.clock.settle()
  await finish(w.clock, work.close())
  isSlow = true
  expect(await finish(w.clock, b.deadLetters(jobs).redrive())).toMatchObject({ moved: 1000, kept: 0, failed: [] })
  expect(await b.stats(jobs)).toMatchObject({ ready: 1000, dead: 0 })
})

test('group.copy-retry: a copy that fails is tried again to the missing group alone', async () => {
  const w = world([placed, payment, audit])
  let refusals = 2
  const sends: string[] = []
  const b = await lacking(w, both, {
    send: async (target, batch, next) => {
      sends.push(target.address)
      if (!target.address.endsWith('audit') || refusals-- <= 0) return next()
      return { failed: batch.map((_, index) => ({ index, failure: PASSING })) }
    },
  })
  await finish(w.clock, b.producer(placed).send(1, { id: 'm-1' }))
  expect(sends.filter((address) => address.endsWith('payment'))).toHaveLength(1)
  expect(sends.filter((address) => address.endsWith('audit'))).toHaveLength(3)
  expect(await readyIn(b)).toEqual([1, 1])
})

test.each([
  [false, '"placed/audit" did not get it: not now'],
  [true, 'the time to send was over; the last try failed: "placed/audit" did not get it: not now'],
])(
  'group.copy-retry: the send is unknown and names the group that misses it (retryable: %s)',
  async (retryable, message) => {
    const w = world([placed, payment, audit])
    const b = await lacking(w, both, {
      send: async (target, batch, next) =>
        target.address.endsWith('audit')
          ? { failed: batch.map((_, index) => ({ index, failure: { ...PASSING, retryable } })) }
          : next(),
    })
    const sending = b.producer(placed).send(1)
    const error: unknown = await finish(
      w.clock,
      sending.catch((cause: unknown) => cause),
    )
    expect(MqError.is(error, 'MQ_SEND') && error.failed).toMatchObject([{ outcome: 'unknown', error: { message } }])
    expect(await readyIn(b)).toEqual([1, 0])
  },
)

test('group.closed: where groups are closed, a topic that lists none is refused at startup, and so is its group', async () => {
  const bare = topic('bare', { schema: type<number>() })
  const w = world([bare, group(bare, 'late')])
  await expect(w.broker({}, masked(both, w.server))).rejects.toMatchObject({
    code: 'MQ_UNSUPPORTED',
    message: expect.stringMatching(
      /topic "bare": lists no groups.*\n.*group "bare\/late" > topic "bare": lists no/,
    ) as string,
  })
})

test('retry.not-an-attempt: a retry held here is no lost lease', async () => {
  const w = world([jobs])
  const b = await lacking(w, settlements)
  b.consumer(jobs).subscribe(() => {
    throw new Error('always')
  })
  await b.producer(jobs).send(1)
  await w.clock.advance('2m')
  expect(eventsOf(w.events, 'lease-lost')).toEqual([])
})

async function readyIn(b: Broker): Promise<(number | undefined)[]> {
  return [(await b.stats(payment)).ready, (await b.stats(audit)).ready]
}

test('retry.crashes-inflated: a broker that counts no deliveries is named at startup, with the sources that have no net', async () => {
  const w = world([jobs, placed, payment])
  await w.broker({}, masked({ deliveries: true }, w.server))
  expect(w.lines).toEqual([
    {
      level: 'warn',
      fields: { adapter: 'memory', sources: 'jobs, placed/payment' },
      text: expect.stringContaining('counts no deliveries') as string,
    },
  ])
})

test('capability.startup: a wait that is longer than a message can be held is refused where it would wait in the process', async () => {
  const slow = queue('slow', { schema: type<number>(), retry: { backoff: fixed('500d') } })
  const w = world([slow])
  await expect(w.broker({}, masked(settlements, w.server))).rejects.toMatchObject({
    code: 'MQ_UNSUPPORTED',
    message: expect.stringContaining('queue "slow" > retry.backoff: waits up to 500d') as string,
  })
  await w.broker()
})
