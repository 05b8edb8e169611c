import {
  DeadLetter,
  fixed,
  group,
  queue,
  silentLogger,
  text,
  topic,
  type,
  type Broker,
  type Definition,
} from '@anymq/core'
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, describe, expect, test } from 'vitest'
import { connect } from '../src/index.ts'

// One program, and nothing but the URL differs. Brokers that this machine cannot have are named by whoever runs the tests.
const URLS = [
  ['memory', `memory:${randomUUID()}`],
  ['rabbitmq', process.env['ANYMQ_TEST_RABBITMQ_URL']],
  ['kafka', process.env['ANYMQ_TEST_KAFKA_URL']],
  ['sqs', process.env['ANYMQ_TEST_SQS_URL']],
] as const

/** That nothing comes twice cannot be waited for: a repeat would have come by then. Milliseconds. */
const NOTHING_MORE = 300

const jobs = queue('jobs', {
  schema: type<{ readonly n: number }>(),
  retry: { attempts: 3, backoff: fixed('300ms') },
  lease: '2s',
})
const notes = queue('notes', { codec: text })
const placed = topic('placed', { schema: type<{ readonly n: number }>(), groups: ['payment', 'audit'] })
const payment = group(placed, 'payment', { retry: { attempts: 1 } })
const audit = group(placed, 'audit')

describe.each(URLS.filter((entry): entry is typeof entry & [string, string] => entry[1] !== undefined))(
  '%s',
  (_name, url) => {
    const brokers: Broker[] = []
    afterEach(async () => {
      await Promise.all(brokers.splice(0).map((broker) => broker.close({ timeout: '2s' })))
    })

    /** Each test has names of its own; broker objects of one world share them, as processes do. */
    function world(...definitions: Definition[]): () => Promise<Broker> {
      const namespace = `t-${randomUUID().slice(0, 8)}`
      return async () => {
        const broker = await connect(url, { definitions, namespace, logger: silentLogger })
        brokers.push(broker)
        return broker
      }
    }

    test('settle.ack-stored, retry.attempt-meaning: two processes compete; each message is handled once, at attempt 1', async () => {
      const open = world(jobs)
      const [a, b] = [await open(), await open()]
      const seen: number[] = []
      for (const broker of [a, b]) {
        await broker.consumer(jobs).subscribe(async ({ body, attempt }) => {
          await sleep(1)
          seen.push(body.n, ...(attempt === 1 ? [] : [-attempt]))
        }).ready
      }
      await a.producer(jobs).sendBatch(Array.from({ length: 300 }, (_, n) => ({ body: { n } })))
      await until(() => seen.length >= 300)
      await sleep(NOTHING_MORE)
      expect(seen.toSorted((x, y) => x - y)).toEqual(Array.from({ length: 300 }, (_, n) => n))
    })

    test('retry.attempts, retry.backoff, dead.gains: three runs, each at least the backoff apart, then a dead letter that says why', async () => {
      const broker = await world(jobs)()
      const runs: { readonly attempt: number; readonly at: number }[] = []
      broker.consumer(jobs).subscribe(({ attempt }) => {
        runs.push({ attempt, at: performance.now() })
        throw new Error('down')
      })
      await broker.producer(jobs).send({ n: 1 }, { id: 'j-1', headers: { tenant: 'é' } })
      const dead = broker.deadLetters(jobs)
      await until(async () => (await dead.count()) === 1)
      expect(runs.map(({ attempt }) => attempt)).toEqual([1, 2, 3])
      expect(runs[1]!.at - runs[0]!.at).toBeGreaterThanOrEqual(300)
      expect(runs[2]!.at - runs[1]!.at).toBeGreaterThanOrEqual(300)
      const [letter] = await dead.peek()
      expect(letter).toMatchObject({
        id: 'j-1',
        body: { n: 1 },
        reason: 'attempts',
        attempts: 3,
        error: 'Error: down',
        origin: 'jobs',
      })
      expect(letter!.headers['tenant']).toBe('é')
    })

    test('dead.peek, redrive.ids, redrive.map, redrive.resets: looking moves nothing, the named ones go back repaired', async () => {
      const broker = await world(jobs)()
      const back: unknown[] = []
      broker.consumer(jobs).subscribe(({ id, body, attempt, redriven }) => {
        if (redriven === 0) throw new DeadLetter('declined')
        back.push([id, body.n, attempt, redriven])
      })
      await broker.producer(jobs).sendBatch([1, 2, 3].map((n) => ({ body: { n }, id: `j-${n}` })))
      const dead = broker.deadLetters(jobs)
      await until(async () => (await dead.count()) === 3)
      for (let look = 0; look < 3; look++)
        expect((await dead.peek()).map(({ id }) => id).toSorted()).toEqual(['j-1', 'j-2', 'j-3'])
      const result = await dead.redrive({
        ids: ['j-1', 'j-3'],
        map: (letter) => (letter.valid ? { n: letter.body.n * 10 } : undefined),
      })
      expect(result).toMatchObject({ moved: 2, kept: 1, failed: [] })
      await until(() => back.length === 2)
      expect(back.toSorted()).toEqual([
        ['j-1', 10, 1, 1],
        ['j-3', 30, 1, 1],
      ])
      expect((await dead.peek()).map(({ id }) => id)).toEqual(['j-2'])
    })

    test('group.every-message, group.independent, redrive.own-source: each group has its copy, and a redrive reaches its own alone', async () => {
      const broker = await world(placed, payment, audit)()
      const seen: string[] = []
      let isBroken = true
      await broker.consumer(payment).subscribe(({ id }) => {
        if (isBroken) throw new Error('declined')
        seen.push(`payment ${id}`)
      }).ready
      await broker.producer(placed).sendBatch([1, 2].map((n) => ({ body: { n }, id: `m-${n}` })))
      const dead = broker.deadLetters(payment)
      await until(async () => (await dead.count()) === 2)
      // It came later and missed nothing: the topic lists it.
      broker.consumer(audit).subscribe(({ id }) => void seen.push(`audit ${id}`))
      await until(() => seen.length === 2)
      isBroken = false
      expect(await dead.redrive()).toMatchObject({ moved: 2, kept: 0 })
      await until(() => seen.length === 4)
      await sleep(NOTHING_MORE)
      expect(seen.toSorted()).toEqual(['audit m-1', 'audit m-2', 'payment m-1', 'payment m-2'])
    })

    test('settle.release, close.sequence: what a closing consumer holds goes to another one, and counts no attempt', async () => {
      const open = world(jobs)
      const [a, b] = [await open(), await open()]
      await a.producer(jobs).sendBatch([1, 2, 3].map((n) => ({ body: { n } })))
      const consumer = a.consumer(jobs)
      const held: number[] = []
      while (held.length < 3) for (const { body } of await consumer.receive({ max: 3, wait: '5s' })) held.push(body.n)
      await a.close({ timeout: '5s' })
      const got: [number, number][] = []
      b.consumer(jobs).subscribe(({ body, attempt }) => void got.push([body.n, attempt]))
      await until(() => got.length >= 3)
      expect(got.toSorted()).toEqual([
        [1, 1],
        [2, 1],
        [3, 1],
      ])
    })

    test('send.round-trip: whatever a text holds comes back as it was sent', async () => {
      const broker = await world(notes)()
      const texts = [
        '',
        ' ',
        '-',
        'é\u{1f600}',
        '\u0000\u0001',
        '\ufffe\uffff',
        '\ufeffbom',
        '"\\',
        'x'.repeat(100_000),
      ]
      const got = new Map<string, string>()
      broker.consumer(notes).subscribe(({ id, body }) => void got.set(id, body))
      await broker.producer(notes).sendBatch(texts.map((body, index) => ({ body, id: `n-${index}` })))
      await until(() => got.size === texts.length)
      expect(texts.map((_, index) => got.get(`n-${index}`))).toEqual(texts)
    })
  },
)

/** A bounded wait: 20 s, longer than any broker needs for any of this. */
async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const end = performance.now() + 20_000
  while (!(await condition())) {
    if (performance.now() > end) throw new Error('gave up waiting after 20 s')
    await sleep(20)
  }
}
