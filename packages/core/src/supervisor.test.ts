import { fakeTarget } from './testing/driver-kit.ts'
import { expect, test } from 'vitest'
import { FakeAdapter, FakeDriver, FakeError, fakeRuntime, premises } from '../test/fake-driver.ts'
import { MqError } from './errors.ts'
import type { Runtime } from './runtime.ts'
import type { Driver } from './spi/driver.ts'
import type { Manifest } from './spi/manifest.ts'
import { Supervisor, type Dependent } from './supervisor.ts'
import type { TestClock } from './testing/test-clock.ts'

const TARGETS = [fakeTarget('queue', 'orders.dead'), fakeTarget('queue', 'orders')]

/** A supervisor, its adapter's script, and what a dependent heard. */
function supervised(adapter: FakeAdapter, check: (manifest: Manifest) => void = () => undefined) {
  const { runtime, clock, events } = fakeRuntime()
  const supervisor = new Supervisor(runtime, adapter, premises(check, TARGETS))
  const heard: string[] = []
  const dependent: Dependent = {
    up: (driver) => void heard.push(`up ${drivers.indexOf(driver)}`),
    lost: (error) => void heard.push(`lost ${error.code}`),
  }
  const drivers: Driver[] = []
  supervisor.attach(dependent)
  const kinds = (): string[] => events.map(({ event }) => event)
  return { runtime, clock, events, kinds, supervisor, heard, drivers, dependent }
}

const succeed = (driver: FakeDriver) => async (): Promise<Driver> => driver
const refuse =
  (own: ConstructorParameters<typeof FakeError>[0] = {}) =>
  (): Promise<Driver> =>
    Promise.reject(new FakeError({ code: 'MQ_CONNECTION', ...own }))
const hang = (): Promise<Driver> => new Promise(() => undefined)

/** The error of a promise that must reject, in as much virtual time as it needs. */
async function errorOf(
  clock: TestClock,
  promise: Promise<unknown>,
  within = '5m' as const,
): Promise<{ error: unknown; after: number }> {
  const start = clock.monotonic()
  let after = Number.NaN
  const error = promise.then(
    () => 'it resolved',
    (cause: unknown) => {
      after = clock.monotonic() - start
      return cause
    },
  )
  await clock.advance(within)
  return { error: await Promise.race([error, Promise.resolve('it is still pending')]), after }
}

const healthOf = (runtime: Runtime): string => JSON.stringify(runtime.health.read())

test('start: connects, declares everything in order, then tells dependents', async () => {
  const driver = new FakeDriver()
  const { supervisor, heard, drivers, kinds, clock } = supervised(new FakeAdapter(succeed(driver)))
  drivers.push(driver)
  expect(() => supervisor.connected()).toThrow(expect.objectContaining({ code: 'MQ_CONNECTION', retryable: true }))
  await supervisor.start(30_000)
  expect([driver.ensured, heard, kinds()]).toEqual([['orders.dead', 'orders'], ['up 0'], ['connected']])
  expect([supervisor.connected(), clock.timers]).toEqual([driver, 0])
})

test('life.connect-fails-fast: what is transient is tried again with growing pauses, until the timeout', async () => {
  const adapter = new FakeAdapter(refuse())
  const { supervisor, clock, kinds } = supervised(adapter)
  const { error, after } = await errorOf(clock, supervisor.start(30_000))
  expect(MqError.is(error, 'MQ_CONNECTION') && error.message).toMatch(
    /no connection to the fake broker after \d+ attempts in 30s: the fake broker refused/,
  )
  expect(after).toBe(30_000)
  const pauses = adapter.attempts.slice(1).map((at, index) => at - adapter.attempts.at(index)!)
  for (const [index, pause] of pauses.slice(0, -1).entries()) {
    const full = Math.min(100 * 2 ** index, 10_000)
    expect(pause).toBeGreaterThanOrEqual(full / 2)
    expect(pause).toBeLessThanOrEqual(full)
  }
  expect(adapter.attempts.length).toBeGreaterThan(8)
  expect([kinds().every((kind) => kind === 'connect-failed'), clock.timers]).toEqual([true, 0])
})

test('life.connect-fails-fast: it succeeds as soon as the broker does', async () => {
  const driver = new FakeDriver()
  const { supervisor, clock, heard, drivers } = supervised(new FakeAdapter(refuse(), refuse(), succeed(driver)))
  drivers.push(driver)
  const started = supervisor.start(30_000)
  await clock.advance('1s')
  await started
  expect(heard).toEqual(['up 0'])
})

test.for<[string, FakeAdapter, string]>([
  ['bad credentials', new FakeAdapter(refuse({ code: 'MQ_DENIED', retryable: false })), 'MQ_DENIED'],
  [
    'an adapter that throws',
    new FakeAdapter(() => {
      throw new FakeError({ code: 'MQ_NOT_FOUND', retryable: false })
    }),
    'MQ_NOT_FOUND',
  ],
])('life.connect-fails-fast: %s fails at once', async ([, adapter, code]) => {
  const { supervisor, clock } = supervised(adapter)
  const { error, after } = await errorOf(clock, supervisor.start(30_000))
  expect([MqError.is(error) && error.code, after, adapter.attempts.length, clock.timers]).toEqual([code, 0, 1, 0])
})

test('provision.mismatch, capability.startup: a refusal after connecting fails at once, as it was thrown, and closes the connection', async () => {
  const mismatch = new MqError('MQ_MISMATCH', 'orders is a topic')
  const declares = new FakeDriver()
  declares.ensuring = () => Promise.reject(mismatch)
  const one = supervised(new FakeAdapter(succeed(declares)))
  expect(await errorOf(one.clock, one.supervisor.start(30_000))).toEqual({ error: mismatch, after: 0 })
  const lacks = new MqError('MQ_UNSUPPORTED', 'no groups')
  const driver = new FakeDriver()
  const two = supervised(new FakeAdapter(succeed(driver)), () => {
    throw lacks
  })
  expect(await errorOf(two.clock, two.supervisor.start(30_000))).toEqual({ error: lacks, after: 0 })
  expect([declares.closed, driver.closed, driver.ensured, one.clock.timers, two.clock.timers]).toEqual([1, 1, [], 0, 0])
})

test('life.connect-fails-fast: a connection that never comes ends at the timeout; one that comes late is closed', async () => {
  const late = Promise.withResolvers<Driver>()
  const aborted: boolean[] = []
  const adapter = new FakeAdapter((_, signal) => {
    signal.addEventListener('abort', () => aborted.push(true))
    return late.promise
  })
  const { supervisor, clock, heard } = supervised(adapter)
  const { error, after } = await errorOf(clock, supervisor.start(30_000))
  expect([MqError.is(error, 'MQ_CONNECTION'), after, aborted]).toEqual([true, 30_000, [true]])
  const driver = new FakeDriver()
  late.resolve(driver)
  await clock.settle()
  expect([driver.closed, heard, clock.timers]).toEqual([1, [], 0])
})

test('life.connect-fails-fast: a declaration that never ends ends at the timeout too', async () => {
  const driver = new FakeDriver()
  driver.ensuring = () => new Promise(() => undefined)
  const { supervisor, clock } = supervised(new FakeAdapter(succeed(driver)))
  const { error, after } = await errorOf(clock, supervisor.start(30_000))
  expect([MqError.is(error, 'MQ_CONNECTION'), after, driver.closed, clock.timers]).toEqual([true, 30_000, 1, 0])
})

test('life.resumes, life.health: lost, down with the reason, tried again until it stands, declared again, up again', async () => {
  const [first, second] = [new FakeDriver(), new FakeDriver()]
  const adapter = new FakeAdapter(
    succeed(first),
    refuse(),
    refuse({ code: 'MQ_DENIED', retryable: false }),
    succeed(second),
  )
  const { supervisor, clock, heard, drivers, kinds, runtime } = supervised(adapter)
  drivers.push(first, second)
  await supervisor.start(30_000)
  adapter.contexts.at(0)!.lost(new FakeError({ message: 'socket closed' }))
  expect([heard, supervisor.driver, first.closed]).toEqual([['up 0', 'lost MQ_THROTTLED'], null, 1])
  expect(healthOf(runtime)).toMatch(/"down".*socket closed/)
  await clock.advance('5s')
  expect([heard, second.ensured]).toEqual([
    ['up 0', 'lost MQ_THROTTLED', 'up 1'],
    ['orders.dead', 'orders'],
  ])
  expect(kinds().filter((kind) => kind !== 'health')).toEqual([
    'connected',
    'connection-lost',
    'connect-failed',
    'connect-failed',
    'connected',
  ])
  expect([healthOf(runtime), clock.timers]).toEqual(['{"status":"up","reasons":[]}', 0])
  await supervisor.close(1000)
})

test('life.resumes: an old connection is not heard; one that is lost while it is made is made again', async () => {
  const [first, second, third] = [new FakeDriver(), new FakeDriver(), new FakeDriver()]
  second.ensuring = async () => adapter.contexts.at(1)!.lost(new FakeError())
  const adapter = new FakeAdapter(succeed(first), succeed(second), succeed(third))
  const { supervisor, clock, heard, drivers } = supervised(adapter)
  drivers.push(first, second, third)
  await supervisor.start(30_000)
  adapter.contexts.at(0)!.lost(new FakeError())
  adapter.contexts.at(0)!.lost(new FakeError())
  await clock.advance('5s')
  adapter.contexts.at(0)!.lost(new FakeError())
  adapter.contexts.at(1)!.lost(new FakeError())
  await clock.advance('5s')
  expect([heard, second.closed, supervisor.driver]).toEqual([['up 0', 'lost MQ_THROTTLED', 'up 2'], 1, third])
})

test('life.health: what a connection says of itself ends with it', async () => {
  const adapter = new FakeAdapter(succeed(new FakeDriver()), succeed(new FakeDriver()))
  const { supervisor, clock, runtime } = supervised(adapter)
  await supervisor.start(30_000)
  adapter.contexts.at(0)!.state('degraded', 'the broker blocks publishers')
  expect(healthOf(runtime)).toBe('{"status":"degraded","reasons":["the broker blocks publishers"]}')
  adapter.contexts.at(0)!.lost(new FakeError())
  await clock.advance('5s')
  expect(healthOf(runtime)).toBe('{"status":"up","reasons":[]}')
  adapter.contexts.at(0)!.state('degraded', 'words of a dead connection')
  expect(healthOf(runtime)).toBe('{"status":"up","reasons":[]}')
})

test('a dependent that comes later is told at once, one that left no more', async () => {
  const adapter = new FakeAdapter(succeed(new FakeDriver()))
  const { supervisor, clock, dependent, heard, drivers } = supervised(adapter)
  await supervisor.start(30_000)
  drivers.push(supervisor.connected())
  supervisor.detach(dependent)
  heard.length = 0
  supervisor.attach(dependent)
  expect(heard).toEqual(['up 0'])
  supervisor.detach(dependent)
  adapter.contexts.at(0)!.lost(new FakeError())
  await clock.advance('5s')
  expect(heard).toEqual(['up 0'])
})

test.for<[string, () => Promise<Driver>]>([
  ['an attempt runs', hang],
  ['it waits for the next attempt', refuse()],
])(
  'close.anywhere, close.exits: closing during a reconnect, while %s, leaves no timer and says nothing more',
  async ([, step]) => {
    const adapter = new FakeAdapter(succeed(new FakeDriver()), step)
    const { supervisor, clock, heard, kinds } = supervised(adapter)
    await supervisor.start(30_000)
    adapter.contexts.at(0)!.lost(new FakeError())
    await clock.advance(200)
    heard.length = 0
    const [said, tried] = [kinds().length, adapter.attempts.length]
    await supervisor.close(1000)
    await clock.settle()
    expect(clock.timers).toBe(0)
    await clock.advance('1m')
    expect([
      heard,
      adapter.attempts.length,
      kinds()
        .slice(said)
        .filter((kind) => kind !== 'connect-failed'),
    ]).toEqual([[], tried, []])
  },
)

test('close.anywhere: a connection that comes while closing is closed', async () => {
  const late = Promise.withResolvers<Driver>()
  const adapter = new FakeAdapter(succeed(new FakeDriver()), () => late.promise)
  const { supervisor, clock, heard } = supervised(adapter)
  await supervisor.start(30_000)
  adapter.contexts.at(0)!.lost(new FakeError())
  heard.length = 0
  await supervisor.close(1000)
  const driver = new FakeDriver()
  late.resolve(driver)
  await clock.settle()
  expect([driver.closed, heard, clock.timers]).toEqual([1, [], 0])
})

test('close.bounded: a driver that does not close, or fails to, holds nobody up', async () => {
  for (const closing of [() => new Promise<void>(() => undefined), () => Promise.reject(new FakeError())]) {
    const driver = new FakeDriver()
    driver.closing = closing
    const { supervisor, clock } = supervised(new FakeAdapter(succeed(driver)))
    await supervisor.start(30_000)
    let open = true
    const ended = supervisor.close(3000).then(() => (open = false))
    await clock.advance('3s')
    expect([open, clock.timers, driver.closed]).toEqual([false, 0, 1])
    await ended
    await supervisor.close(3000)
    expect(driver.closed).toBe(1)
  }
})
