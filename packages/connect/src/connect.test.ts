import { MqError, queue, silentLogger, type } from '@anymq/core'
import { memory } from '@anymq/adapter-memory'
import fc from 'fast-check'
import { inspect } from 'node:util'
import { expect, test } from 'vitest'
import { connect, type BrokerConfig, type ConnectOptions } from './index.ts'

const orders = queue('orders', { schema: type<{ id: string }>() })
const options: ConnectOptions = { definitions: [orders], logger: silentLogger }
const SCHEMES = 'memory: amqp: amqps: kafka: sqs: redis: rediss:'

/** The error of a connect that must fail. */
async function refusalOf(to: unknown, own: unknown = options): Promise<MqError> {
  const error: unknown = await connect(to as string, own as ConnectOptions).then(
    async (broker) => {
      await broker.close()
      return 'it connected'
    },
    (cause: unknown) => cause,
  )
  if (!MqError.is(error)) throw error
  return error
}

test('life.connect-undefined: undefined, null and empty text are refused: nobody chooses a broker for anyone', async () => {
  for (const nothing of [undefined, null, '', { url: undefined }]) {
    expect(await refusalOf(nothing)).toMatchObject({
      code: 'MQ_CONFIG',
      message: expect.stringMatching(/^connect: (the URL|url) is (undefined|null|empty)/) as string,
    })
  }
})

test('memory: is a server of its own; memory:NAME is shared within the process', async () => {
  const urls = ['memory:', 'memory:', 'memory:shop', 'memory:shop', 'memory://shop', 'memory:other']
  const brokers = await Promise.all(urls.map((url) => connect(url, options)))
  await Promise.all(brokers.map((broker) => broker.producer(orders).send({ id: 'a' })))
  const ready = await Promise.all(brokers.map(async (broker) => (await broker.stats(orders)).ready))
  expect(ready).toEqual([1, 1, 3, 3, 3, 1])
  await Promise.all(brokers.map((broker) => broker.close()))
})

test('a config is plain data: url and namespace', async () => {
  const broker = await connect({ url: 'memory:config', namespace: 'prod' }, options)
  const bare = await connect('memory:config', options)
  await broker.producer(orders).send({ id: 'a' })
  expect([(await broker.stats(orders)).ready, (await bare.stats(orders)).ready]).toEqual([1, 0])
  await Promise.all([broker.close(), bare.close()])
})

test.for<[unknown, string, RegExp]>([
  [
    { url: 'memory:', nmespace: 'x' },
    'MQ_CONFIG',
    /"nmespace" is an unknown field; the fields are url, namespace, provision, emulation, relay, overrides/,
  ],
  [{ url: 'memory:', provision: 'always' }, 'MQ_CONFIG', /provision: is "always"; give "create" or "verify" or "none"/],
  [{ url: 'memory:', emulation: true }, 'MQ_CONFIG', /emulation: is true; give "allow" or/],
  [{ url: 'memory:', relay: 'yes' }, 'MQ_CONFIG', /relay: is "yes"; give true or false/],
  [{ url: 'memory:', overrides: [] }, 'MQ_CONFIG', /overrides: is an array of 0; give an object/],
  [
    { url: 'memory:', overrides: { order: {} } },
    'MQ_CONFIG',
    /overrides.order: is no definition of this broker; the definitions are orders/,
  ],
  [
    { url: 'memory:', overrides: { orders: { nmae: 'x' } } },
    'MQ_CONFIG',
    /overrides.orders.nmae: is an unknown field; the fields are name, provision, native, concurrency/,
  ],
  [{ url: 'memory:', overrides: { orders: { name: '' } } }, 'MQ_CONFIG', /overrides.orders.name: is ""; give text/],
  [{ url: 'memory:', overrides: { orders: { provision: 1 } } }, 'MQ_CONFIG', /overrides.orders.provision: is 1; give/],
  [
    { url: 'memory:', overrides: { orders: { native: 'fast' } } },
    'MQ_CONFIG',
    /overrides.orders.native: is "fast"; give an object/,
  ],
  [
    { url: 'memory:', overrides: { orders: { concurrency: 0 } } },
    'MQ_CONFIG',
    /overrides.orders.concurrency: is 0; give a whole number/,
  ],
  [{ url: 5 }, 'MQ_CONFIG', /url is number; give text/],
  [{}, 'MQ_CONFIG', /url is undefined; give text/],
  [['memory:'], 'MQ_CONFIG', /"0" is an unknown field/],
  [5, 'MQ_CONFIG', /url is number/],
  [Symbol('x'), 'MQ_CONFIG', /url is symbol/],
  [{ url: 'memory:', namespace: 'Prod' }, 'MQ_CONFIG', /namespace: is "Prod"; give words of a-z/],
  ['memory:?size=5', 'MQ_CONFIG', /parameter "size" is unknown; the only one is mask/],
  ['memory:?mask=order', 'MQ_CONFIG', /mask holds "order"; give an array of ordering, priority/],
  ['not a url', 'MQ_CONFIG', /the URL cannot be read/],
  ['://host', 'MQ_CONFIG', /the URL cannot be read/],
])('error.not-built, define.all-problems: %o is refused by name', async ([to, code, message]) => {
  expect(await refusalOf(to)).toMatchObject({ code, message: expect.stringMatching(message) as string })
})

test.for<[unknown, unknown, string]>([
  ['prod', 'test', 'the config says namespace "prod" and options say namespace "test"; give one of them'],
  ['prod', null, 'the config says namespace "prod" and options say namespace null'],
  [5, 'test', 'the config says namespace number and options say namespace "test"'],
])('two namespaces that differ are refused, naming both: %o and %o', async ([own, given, message]) => {
  const error = await refusalOf({ url: 'memory:', namespace: own }, { ...options, namespace: given })
  expect(error).toMatchObject({ code: 'MQ_CONFIG', message: expect.stringContaining(message) as string })
})

test('config and options that say one thing differently are refused, naming it', async () => {
  const said = [
    [{ provision: 'none' }, { provision: 'verify' }, 'says provision "none" and options say provision "verify"'],
    [{ relay: true }, { relay: false }, 'says relay boolean and options say relay boolean'],
    [{ overrides: {} }, { overrides: {} }, 'says overrides object and options say overrides object'],
  ] as const
  for (const [own, given, message] of said) {
    const error = await refusalOf({ url: 'memory:', ...own }, { ...options, ...given })
    expect(error).toMatchObject({ code: 'MQ_CONFIG', message: expect.stringContaining(message) as string })
  }
})

test('name.override, provision.modes: a config holds names, modes and concurrency', async () => {
  const legacy = await connect('memory:legacy', {
    ...options,
    definitions: [queue('old')],
    overrides: { old: { name: 'Legacy.Orders' } },
  })
  const config: BrokerConfig = {
    url: 'memory:legacy',
    provision: 'verify',
    emulation: 'warn',
    relay: true,
    overrides: { orders: { name: 'Legacy.Orders', concurrency: 3 } },
  }
  const broker = await connect(JSON.parse(JSON.stringify(config)) as BrokerConfig, options)
  await broker.producer(orders).send({ id: 'a' })
  expect((await broker.stats(orders)).ready).toBe(1)
  await Promise.all([broker.close(), legacy.close()])
})

test('a namespace said once, or twice the same, counts wherever it is said', async () => {
  const brokers = await Promise.all([
    connect({ url: 'memory:twice', namespace: 'prod' }, options),
    connect('memory:twice', { ...options, namespace: 'prod' }),
    connect({ url: 'memory:twice', namespace: 'prod' }, { ...options, namespace: 'prod' }),
  ])
  await Promise.all(brokers.map((broker) => broker.producer(orders).send({ id: 'a' })))
  expect((await brokers[0].stats(orders)).ready).toBe(3)
  await Promise.all(brokers.map((broker) => broker.close()))
})

test('an unknown scheme lists the schemes, those of the caller too', async () => {
  expect((await refusalOf('nats://host')).message).toBe(
    `connect: no adapter is known for "nats:"; the schemes are ${SCHEMES} (others: options.adapters)`,
  )
  const adapters = { 'pulsar:': async () => ({ fromUrl: () => memory() }) }
  expect((await refusalOf('nats://host', { ...options, adapters })).message).toContain(`${SCHEMES} pulsar:`)
})

test.for([
  ['redis://localhost', '@anymq/adapter-redis'],
  ['rediss://localhost', '@anymq/adapter-redis'],
] as const)('a known scheme whose package is missing names what to install: %s', async ([url, name]) => {
  const error = await refusalOf(url)
  expect(error).toMatchObject({
    code: 'MQ_CONFIG',
    message: expect.stringContaining(`which is not installed; run: npm install ${name}`) as string,
  })
})

test.for([
  ['amqp://127.0.0.1?colour=red', 'rabbitmq: parameter "colour" is unknown'],
  ['amqps://127.0.0.1?heartbeat=soon', 'rabbitmq: heartbeat is "soon"'],
  ['kafka://127.0.0.1:1?colour=red', 'kafka: the parameter "colour" is'],
  ['sqs://eu-central-1?wait=21', 'sqs: wait is "21"; give whole seconds from 0 to 20'],
] as const)('a known scheme loads its adapter, which reads the rest of the URL: %s', async ([url, message]) => {
  expect(await refusalOf(url)).toMatchObject({
    code: 'MQ_CONFIG',
    message: expect.stringContaining(message) as string,
  })
})

test('an adapter of one’s own is loaded for its scheme, gets the URL, and may take the place of a known one', async () => {
  const seen: string[] = []
  const own = async () => ({ fromUrl: (url: URL) => (seen.push(url.href), memory()) })
  const load = { 'nats:': own, 'redis:': own }
  for (const url of ['nats://a.example/x?y=1', 'redis://b.example'])
    await (await connect(url, { ...options, adapters: load })).close()
  expect(seen).toEqual(['nats://a.example/x?y=1', 'redis://b.example'])
})

test('an adapter that breaks while it loads shows its own error', async () => {
  const broken = new TypeError('the package is broken')
  await expect(
    connect('nats://host', { ...options, adapters: { 'nats:': () => Promise.reject(broken) } }),
  ).rejects.toBe(broken)
})

test.for<[string, unknown]>([
  ['no options', undefined],
  ['null', null],
  ['no definitions', {}],
  ['adapters that are no functions', { ...options, adapters: { 'nats:': 'nats' } }],
  ['adapters that are null', { ...options, adapters: null }],
  ['a module without fromUrl', { ...options, adapters: { 'nats:': async () => ({}) } }],
  [
    'a module whose fromUrl returns no adapter',
    { ...options, adapters: { 'nats:': async () => ({ fromUrl: () => ({}) }) } },
  ],
])('options that cannot be: %s is an MQ_CONFIG that says so', async ([, own]) => {
  expect(await refusalOf('nats://host', own)).toMatchObject({
    code: 'MQ_CONFIG',
    message: expect.stringMatching(/adapter|scheme|definitions/) as string,
  })
})

test('error.no-credentials: no error shows a password, wherever the URL breaks', async () => {
  const secret = fc
    .string({ unit: fc.constantFrom(...'abcXYZ019'), minLength: 12, maxLength: 20 })
    .map((text) => `pw${text}`)
  const shape = fc.constantFrom<(password: string) => unknown>(
    (p) => `amqp://user:${p}@127.0.0.1:1/vhost`,
    (p) => `nats://user:${p}@host`,
    (p) => `kafka://user:${p}@127.0.0.1:1`,
    (p) => `redis://:${p}@host:notaport`,
    (p) => `user:${p}@host:5672`,
    (p) => `//user:${p}@host`,
    (p) => `memory://user:${p}@shop?x=1`,
    (p) => `amqp://user:${p}@[::1`,
    (p) => ` ${p}@host`,
    (p) => ({ url: `sqs://user:${p}@region?endpoint=http://127.0.0.1:1`, namespace: 'prod' }),
    (p) => ({ url: `amqp://user:${p}@host`, provision: 'none' }),
    (p) => ({ url: [`amqp://user:${p}@host`] }),
  )
  await fc.assert(
    fc.asyncProperty(secret, shape, async (password, urlOf) => {
      const error = await refusalOf(urlOf(password), { ...options, timeout: 20 })
      expect(
        `${inspect(error, { depth: 10, showHidden: true })}${JSON.stringify(error)}${error.stack}`.toLowerCase(),
      ).not.toContain(password.toLowerCase())
    }),
    { numRuns: 60 },
  )
})

test('error.shape: whatever is given as a URL is refused as MQ_CONFIG, or it connects', async () => {
  const schemes = fc.constantFrom('memory:', 'nats:', '', 'MEMORY:', 'memory', 'http:', '__proto__:', 'constructor:')
  const url = fc.oneof(
    fc.tuple(schemes, fc.string({ maxLength: 12 })).map((parts) => parts.join('')),
    fc.anything({ withNullPrototype: true, withBigInt: true, withDate: true }),
  )
  let connected = 0
  await fc.assert(
    fc.asyncProperty(url, async (to) => {
      try {
        const broker = await connect(to as BrokerConfig, options)
        connected++
        await broker.close()
      } catch (error) {
        expect([MqError.is(error) && error.code, MqError.is(error) && error.message]).toEqual([
          expect.stringMatching(/^MQ_(CONFIG|UNSUPPORTED)$/),
          expect.stringMatching(/^(connect|memory): /),
        ])
      }
    }),
    { numRuns: 500 },
  )
  expect(connected).toBeGreaterThan(10)
})
