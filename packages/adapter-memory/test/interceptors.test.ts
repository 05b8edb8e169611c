import { queue, type as typed, type Interceptor, type Message, type MqError, type SendError } from '@anymq/core'
import { expect, test } from 'vitest'
import { eventsOf, finish, world } from './world.ts'

const work = queue('work', { schema: typed<number>() })

async function withInterceptors(interceptors: readonly Interceptor[]) {
  const w = world([work])
  const b = await w.broker({ interceptors })
  return { ...w, b, producer: b.producer(work) }
}

/** Notes when it begins and ends, around every hook. */
function noting(name: string, notes: string[]): Interceptor {
  const around =
    <A extends unknown[], R>(what: string, next: (...args: A) => R) =>
    (...args: A): R => {
      notes.push(`${name} ${what}`)
      const result = next(...args)
      notes.push(`${name} ${what} end`)
      return result
    }
  return {
    name,
    send: (next, destination) => around(`send ${destination}`, next),
    process: (next, source) => around(`process ${source}`, next),
    processBatch: (next, source) => around(`batch ${source}`, next),
  }
}

test('the first interceptor is the outermost, around sends and handlers', async () => {
  const notes: string[] = []
  const { b, producer, clock } = await withInterceptors([noting('a', notes), noting('b', notes)])
  b.consumer(work).subscribe(() => void notes.push('handler'))
  await producer.send(1)
  await clock.settle()
  const around = (what: string, inner: string[] = []): string[] => [
    `a ${what}`,
    `b ${what}`,
    ...inner,
    `b ${what} end`,
    `a ${what} end`,
  ]
  expect(notes).toEqual([...around('send work'), ...around('process work', ['handler'])])
})

test('a batch handler is wrapped once per batch, by processBatch alone', async () => {
  const notes: string[] = []
  const { b, producer, clock } = await withInterceptors([noting('a', notes)])
  b.consumer(work).subscribeBatch((messages) => void notes.push(`${messages.length} messages`), {
    max: 3,
    within: '1s',
  })
  await producer.sendBatch([{ body: 1 }, { body: 2 }, { body: 3 }])
  await clock.advance('1s')
  expect(notes.filter((note) => !note.includes('send'))).toEqual(['a batch work', '3 messages', 'a batch work end'])
})

test('send changes body and options before they are validated, also of a batch, broker.send and message.send', async () => {
  const stamp: Interceptor = {
    name: 'stamp',
    send: (next) => (body, options) =>
      next((body as number) + 100, { ...options, headers: { ...options?.headers, stamped: 'yes' } }),
  }
  const { b, producer, clock } = await withInterceptors([stamp])
  const got: unknown[] = []
  b.consumer(work).subscribe(async (message) => {
    got.push([message.body, { ...message.headers }])
    if (message.body === 101) await message.send(work, 4)
  })
  expect(await producer.send(1, { id: 'w-1', headers: { own: 'x' } })).toBe('w-1')
  expect(await producer.sendBatch([{ body: 2, id: 'w-2' }])).toEqual(['w-2'])
  await b.send(work, 3)
  await clock.settle()
  expect(got.toSorted()).toEqual([
    [101, { own: 'x', stamped: 'yes' }],
    [102, { stamped: 'yes' }],
    [103, { stamped: 'yes' }],
    [104, { stamped: 'yes' }],
  ])
})

test('send.key-order: with a hook that calls next at once, sends keep their order', async () => {
  const { b, producer, clock } = await withInterceptors([noting('a', [])])
  const got: number[] = []
  b.consumer(work, { concurrency: 1 }).subscribe(({ body }) => void got.push(body))
  const bodies = Array.from({ length: 50 }, (_, n) => n)
  await Promise.all(bodies.map((n) => (n % 7 === 0 ? producer.sendBatch([{ body: n }]) : producer.send(n))))
  await clock.settle()
  expect(got).toEqual(bodies)
})

test('process settles without the handler: an inbox acknowledges what it has seen', async () => {
  const seen = new Set<string>()
  const inbox: Interceptor = {
    name: 'inbox',
    process: (next) => (message: Message) => {
      if (seen.has(message.id)) return message.ack()
      seen.add(message.id)
      return next(message)
    },
  }
  const { b, producer, clock } = await withInterceptors([inbox])
  let runs = 0
  b.consumer(work).subscribe(() => void runs++)
  for (let i = 0; i < 3; i++) await producer.send(1, { id: 'w-1' })
  await clock.settle()
  expect([runs, await b.stats(work)]).toEqual([1, expect.objectContaining({ ready: 0, leased: 0 })])
})

test('retry.attempts: what process throws or rejects with counts as a failure of the handler', async () => {
  let runs = 0
  const limit: Interceptor = {
    name: 'limit',
    process: (next) => async (message) => {
      await next(message)
      if (++runs === 1) throw new Error('over the limit')
    },
  }
  const { b, producer, clock, events } = await withInterceptors([limit])
  b.consumer(work).subscribe(() => undefined)
  await producer.send(1)
  await clock.advance('2s')
  expect([runs, eventsOf(events, 'retry')]).toMatchObject([2, [{ attempt: 1 }]])
})

test('error.shape, error.none-unhandled: what a send hook throws rejects the send, and is told', async () => {
  const unhandled: unknown[] = []
  const note = (error: unknown): void => void unhandled.push(error)
  process.on('unhandledRejection', note)
  const picky: Interceptor = {
    name: 'picky',
    send: (next) => (body, options) => {
      if (body === 2) throw new Error('not two')
      return body === 3 ? Promise.reject(new Error('nor three')) : next(body, options)
    },
  }
  const { producer, clock, events } = await withInterceptors([picky])
  for (const [body, why] of [
    [2, 'not two'],
    [3, 'nor three'],
  ] as const) {
    void producer.send(body)
    await expect(producer.send(body)).rejects.toMatchObject({ code: 'MQ_INVALID', message: why })
  }
  const error = (await producer
    .sendBatch([
      { body: 1, id: 'w-1' },
      { body: 2, id: 'w-2' },
      { body: 4, id: 'no id' },
    ])
    .catch((cause: unknown) => cause)) as SendError
  expect(error).toMatchObject({
    code: 'MQ_SEND',
    outcome: 'not-sent',
    sent: ['w-1'],
    failed: [
      { index: 1, id: 'w-2', outcome: 'not-sent', error: { code: 'MQ_INVALID', message: 'not two' } },
      { index: 2, id: 'no id', outcome: 'not-sent', error: { code: 'MQ_INVALID' } },
    ],
  })
  expect(await producer.sendBatch([])).toEqual([])
  await expect(producer.sendBatch(5 as never)).rejects.toMatchObject({ code: 'MQ_INVALID' })
  await clock.settle()
  process.off('unhandledRejection', note)
  expect([unhandled, eventsOf(events, 'send-failed').length]).toEqual([[], 7])
})

test('close.use-after: a producer with interceptors closes like any other', async () => {
  const { b, producer, clock } = await withInterceptors([noting('a', [])])
  expect(b.producer(work)).toBe(producer)
  await producer.close()
  await expect(producer.send(1)).rejects.toMatchObject({ code: 'MQ_CLOSED' })
  expect(b.producer(work)).not.toBe(producer)
  await finish(clock, b.close())
})

const fine = (next: never): never => next

test.for<[string, unknown, string]>([
  ['no array', { name: 'a' }, 'options > interceptors: is an object; give an array of { name, send, process }'],
  ['no object', ['a'], 'options > interceptors[0]: is "a"; give an object'],
  ['no name', [{ send: fine }], 'options > interceptors[0].name: is undefined; give a name: 1 to 64 characters'],
  ['an empty name', [{ name: ' ' }], 'options > interceptors[0].name: is " "; give a name'],
  [
    'no function',
    [{ name: 'a', process: 5 }],
    'options > interceptors[0].process: is 5; give a function (next, source)',
  ],
  ['an unknown hook', [{ name: 'a', receive: fine }], 'options > interceptors[0].receive: is an unknown field'],
  [
    'a name twice',
    [{ name: 'a' }, { name: 'b' }, { name: 'a' }],
    'options > interceptors[2].name: is "a" as that of another',
  ],
])('error.shape: interceptors: %s is refused', async ([, interceptors, sentence]) => {
  const { broker } = world([work])
  const error = (await broker({ interceptors: interceptors as never }).catch((cause: unknown) => cause)) as MqError
  expect([error.code, error.message]).toEqual(['MQ_CONFIG', expect.stringContaining(sentence)])
})

test('error.shape: a hook that returns no function or throws is refused where it would be used, by name', async () => {
  const boom = (): never => {
    throw new Error('no')
  }
  const { b } = await withInterceptors([{ name: 'half', process: () => undefined as never, processBatch: boom }])
  const consumer = b.consumer(work)
  expect(() => consumer.subscribe(() => undefined)).toThrow(
    expect.objectContaining({
      code: 'MQ_CONFIG',
      message: 'the interceptor "half": process returned undefined for "work"; return a function, or next itself',
    }),
  )
  expect(() => consumer.subscribeBatch(() => undefined, { max: 1, within: 1 })).toThrow(
    expect.objectContaining({
      code: 'MQ_CONFIG',
      message: 'the interceptor "half": processBatch threw for "work": no',
    }),
  )
  const broken = await withInterceptors([{ name: 'sender', send: boom }]).catch((error: unknown) => error)
  expect(broken).toMatchObject({ code: 'MQ_CONFIG', message: 'the interceptor "sender": send threw for "work": no' })
})
