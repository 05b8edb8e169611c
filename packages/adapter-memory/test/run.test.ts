import process from 'node:process'
import { fixed, group, handle, handleBatch, MqError, queue, topic, type } from '@anymq/core'
import { expect, test } from 'vitest'
import { faulty } from './faulty.ts'
import { gate, world } from './world.ts'

const policy = { retry: { attempts: 3, backoff: fixed('1s') }, lease: '10s', timeout: '1m' } as const
const one = queue('one', { schema: type<number>(), ...policy })
const two = queue('two', { schema: type<number>(), ...policy })
const done = topic('done', { schema: type<number>(), groups: ['audit'] })
const audit = group(done, 'audit', policy)
const unlisted = queue('unlisted')
const definitions = [one, two, done, audit]

test('consume.run: many sources, single and in batches, until the broker closes', async () => {
  const { broker, clock } = world(definitions)
  const b = await broker()
  const seen: string[] = []
  const running = b.run([
    handle(one, ({ body }) => void seen.push(`one ${body}`)),
    handle(two, ({ body }) => void seen.push(`two ${body}`), { concurrency: 1, retry: { attempts: 2 } }),
    handleBatch(audit, (messages) => void seen.push(`audit ${messages.map(({ body }) => body).join(' ')}`), {
      max: 10,
      within: '1s',
    }),
  ])
  await Promise.all([b.send(one, 1), b.send(two, 2), b.send(done, 3), b.send(done, 4)])
  await clock.advance('2s')
  expect(seen.toSorted()).toEqual(['audit 3 4', 'one 1', 'two 2'])
  const closed = b.close()
  await clock.advance('1s')
  await Promise.all([running, closed])
})

test('consume.run: a signal closes in good order: what runs is waited for, nothing else starts, and the listeners are gone', async () => {
  const { broker, clock } = world(definitions)
  const b = await broker()
  const { passed, open } = gate()
  const starts: number[] = []
  const state = { ended: false }
  const running = b
    .run([handle(one, ({ body }) => (starts.push(body), passed), { concurrency: 1 })], { signals: ['SIGUSR2'] })
    .then(() => (state.ended = true))
  await b.producer(one).sendBatch([1, 2, 3].map((body) => ({ body })))
  await clock.settle()
  expect(process.listenerCount('SIGUSR2')).toBe(1)
  process.emit('SIGUSR2', 'SIGUSR2')
  // The second of its kind is Node's.
  expect(process.listenerCount('SIGUSR2')).toBe(0)
  await clock.advance('5s')
  expect([starts, state.ended, await b.stats(one)]).toMatchObject([[1], false, { ready: 2, leased: 1 }])
  open()
  await running
  expect(await b.stats(one)).toMatchObject({ ready: 2, leased: 0 })
  // The broker stays open.
  await b.send(two, 1)
})

test('consume.run: it listens to SIGTERM and SIGINT by default, to none with false, and leaves no listener', async () => {
  const { broker, clock } = world(definitions)
  const b = await broker()
  const count = (): number => process.listenerCount('SIGTERM') + process.listenerCount('SIGINT')
  const before = count()
  const runs = [b.run([handle(one, () => undefined)]), b.run([handle(two, () => undefined)], { signals: false })]
  expect(count()).toBe(before + 2)
  const closed = b.close()
  await clock.advance('1s')
  await Promise.all([...runs, closed])
  expect(count()).toBe(before)
})

test('consume.run: `timeout` bounds how long running handlers have', async () => {
  const { broker, clock } = world(definitions)
  const b = await broker()
  const reasons: unknown[] = []
  const running = b.run(
    [
      handle(one, async ({ signal }) => {
        signal.addEventListener('abort', () => reasons.push(signal.reason))
        await new Promise(() => undefined)
      }),
    ],
    { signals: ['SIGUSR2'], timeout: '3s' },
  )
  await b.send(one, 1)
  await clock.settle()
  process.emit('SIGUSR2', 'SIGUSR2')
  await clock.advance('4s')
  await running
  expect(reasons).toMatchObject([{ code: 'MQ_CLOSED' }])
  expect(await b.stats(one)).toMatchObject({ ready: 1, leased: 0 })
})

test('consume.run: what kills one closes the others, and is what it rejects with', async () => {
  const w = world(definitions)
  const failure = new MqError('MQ_DENIED', 'no right to consume')
  const opening = gate()
  const b = await w.broker(
    {},
    faulty(
      {
        open: async (target, go) => {
          if (target.address !== 'two') return go()
          await opening.passed
          throw failure
        },
      },
      w.server,
    ),
  )
  const { passed, open } = gate()
  const running = b.run([handle(one, () => passed), handle(two, () => undefined)], { signals: ['SIGUSR2'] })
  const state: { error?: unknown } = {}
  running.catch((error: unknown) => (state.error = error))
  await b.send(one, 1)
  await w.clock.settle()
  opening.open()
  await w.clock.advance('1s')
  expect([state.error, process.listenerCount('SIGUSR2')]).toEqual([undefined, 1])
  open()
  await expect(running).rejects.toThrow(/no right to consume/)
  expect([await b.stats(one), process.listenerCount('SIGUSR2')]).toMatchObject([{ ready: 0, leased: 0 }, 0])
})

test('consume.run: one total limit over all sources, reached when there is work, and nobody starves', async () => {
  const { broker, clock } = world(definitions)
  const b = await broker()
  let running = 0
  let most = 0
  const handled: string[] = []
  const work = (source: string) => async (): Promise<void> => {
    most = Math.max(most, ++running)
    await new Promise<void>((resolve) => clock.setTimer(resolve, 100))
    running--
    handled.push(source)
  }
  const run = b.run(
    [
      handle(one, work('one'), { concurrency: 50 }),
      handle(two, work('two'), { concurrency: 50 }),
      handleBatch(audit, work('audit'), { max: 5, within: '10ms', concurrency: 2 }),
    ],
    { concurrency: 3, signals: false },
  )
  await b.producer(one).sendBatch(Array.from({ length: 200 }, (_, body) => ({ body })))
  await clock.settle()
  await b.producer(two).sendBatch(Array.from({ length: 20 }, (_, body) => ({ body })))
  await b.producer(done).sendBatch(Array.from({ length: 50 }, (_, body) => ({ body })))
  await clock.advance('2s')
  expect([most, running]).toEqual([3, 3])
  const share = (source: string): number => handled.filter((name) => name === source).length
  expect(Math.min(share('one'), share('two'), share('audit'))).toBeGreaterThanOrEqual(10)
  await clock.advance('30s')
  expect([share('one'), share('two'), share('audit')]).toEqual([200, 20, 10])
  const closed = b.close()
  await clock.advance('1s')
  await Promise.all([run, closed])
})

test('consume.run: handlers that return at once share the limit too', async () => {
  const { broker, clock } = world(definitions)
  const b = await broker()
  const seen = { one: 0, two: 0 }
  const run = b.run([handle(one, () => void seen.one++), handle(two, () => void seen.two++)], {
    concurrency: 1,
    signals: false,
  })
  await Promise.all(
    [one, two].map((to) => b.producer(to).sendBatch(Array.from({ length: 100 }, (_, body) => ({ body })))),
  )
  await clock.advance('1s')
  expect(seen).toEqual({ one: 100, two: 100 })
  const closed = b.close()
  await clock.advance('1s')
  await Promise.all([run, closed])
})

test('consume.run, close.use-after: what cannot be run is refused, and nothing is left running', async () => {
  const { broker, clock } = world(definitions)
  const b = await broker()
  const good = handle(one, () => undefined)
  for (const [handlers, options, code, message] of [
    [5, {}, 'MQ_CONFIG', /handlers: is 5; give an array of handle\(…\) and handleBatch\(…\)/],
    [[], {}, 'MQ_CONFIG', /handlers: is empty/],
    [[good, () => 0], {}, 'MQ_CONFIG', /handlers\[1\]: is a function; give handle\(…\) or handleBatch\(…\)/],
    [[{ ...good }], {}, 'MQ_CONFIG', /handlers\[0\]: is an object/],
    [[good], { concurrency: 0 }, 'MQ_CONFIG', /options > concurrency: is 0; give a whole number from 1/],
    [
      [good],
      { signals: ['SIGNOPE'] },
      'MQ_CONFIG',
      /options > signals: is an array of 1; give false or an array of signals/,
    ],
    [[good], { signals: ['SIGKILL'] }, 'MQ_CONFIG', /options > signals/],
    [[good], { signals: true }, 'MQ_CONFIG', /options > signals: is true/],
    [[good], { timeout: -1 }, 'MQ_CONFIG', /options > timeout: is -1/],
    [[good], { total: 5 }, 'MQ_CONFIG', /options > total: is an unknown field/],
    [[good, handle(unlisted, () => 0)], {}, 'MQ_CONFIG', /"unlisted" is not one of this broker's definitions/],
    [[good, handle(one, () => 0, { lease: '5s' })], {}, 'MQ_CONFIG', /use the same lease/],
  ] as const) {
    const how: object = { signals: false, ...options }
    const refused = b.run(handlers as never, how)
    await expect(refused).rejects.toThrow(message)
    await expect(refused).rejects.toMatchObject({ code })
  }
  await b.send(one, 1)
  await clock.advance('1s')
  expect(await b.stats(one)).toMatchObject({ ready: 1, leased: 0 })
  const closed = b.close()
  await clock.advance('1s')
  await closed
  await expect(b.run([good])).rejects.toMatchObject({ code: 'MQ_CLOSED' })
})

test('define.values: handlers are frozen values, and bad ones fail when they are made, with every problem', () => {
  const options = { concurrency: 5 }
  const made = [handle(one, () => undefined, options), handleBatch(audit, () => undefined, { max: 1, within: 1 })]
  for (const value of made) expect([Object.isFrozen(value), Object.isFrozen(value.options)]).toEqual([true, true])
  for (const [make, ...messages] of [
    [() => handle(done as never, () => 0), /source: is a topic, which is consumed through its groups; give a queue or/],
    [
      () => handle(undefined as never, 5 as never),
      /source: is undefined; give a queue or a group/,
      /handler: is no func/,
    ],
    [
      () => handle(one, () => 0, { concurency: 5 } as never),
      /Cannot handle messages of "one":/,
      /concurency: is an unk/,
    ],
    [() => handle(one, () => 0, { rate: { max: 0, per: '1s' }, lease: 5 }), /rate.max: is 0/, /lease: is 5/],
    [() => handle(one, () => 0, { max: 5 } as never), /options > max: is an unknown field/],
    [() => handleBatch(one, () => 0, {} as never), /max: is undefined/, /within: is undefined/],
    [() => handleBatch(one, () => 0, undefined as never), /options: is undefined; give an object/],
  ] as [() => unknown, ...RegExp[]][])
    for (const message of messages) expect(make).toThrow(message)
})
