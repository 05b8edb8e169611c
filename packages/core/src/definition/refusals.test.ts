import fc from 'fast-check'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { json } from '../codec/json.ts'
import { MqError } from '../errors.ts'
import { group } from './group.ts'
import { queue } from './queue.ts'
import { topic } from './topic.ts'

type Make = (...given: never[]) => unknown

/** The problems of a definition that must not be made, as `path: message`. */
function problemsOf(make: Make, ...given: unknown[]): string[] {
  try {
    make(...(given as never[]))
  } catch (error) {
    if (!MqError.is(error, 'MQ_CONFIG')) throw error
    for (const { path, message } of error.problems) expect(error.message).toContain(`\n  - ${path}: ${message}`)
    return error.problems.map(({ path, message }) => `${path}: ${message}`)
  }
  throw new Error('it was accepted')
}

const key = (): string => 'k'
const DURATIONS = "give milliseconds as a number, or text such as '250ms', '30s', '5m', '1h', '14d'"
const NAMES = 'words of a-z and 0-9 joined by single -, at most 48 characters'

/** One wrong field each: path, what was found, what is allowed. */
const wrong: readonly (readonly [string, object, string])[] = [
  [
    'schema',
    { schema: { send: z.string() } },
    'is an object; give a Standard Schema such as zod, { send, receive }, or type<T>()',
  ],
  [
    'schema',
    { schema: { send: z.string(), receive: z.string(), recieve: z.string() } },
    'is an object; give a Standard Schema',
  ],
  ['schema', { schema: 'string' }, 'is "string"; give a Standard Schema'],
  ['codec', { codec: 'json' }, 'is "json"; give json, text, bytes, gzip(…) or a codec of your own'],
  ['codec', { codec: { ...json, contentEncoding: 5 } }, 'is an object; give json, text, bytes, gzip(…) or'],
  ['codec', { codec: { contentType: 'x', encode: key } }, 'is an object; give json'],
  ['ordering', { ordering: true }, 'is true; give an object'],
  ['ordering.key', { ordering: {} }, 'is undefined; give a function (body) => string | undefined'],
  ['ordering.shards', { ordering: { key, shards: 0 } }, 'is 0; give a whole number from 1 to 1024'],
  ['ordering.shards', { ordering: { key, shards: 1.5 } }, 'is 1.5; give a whole number'],
  ['ordering.onFailure', { ordering: { key, onFailure: 'stop' } }, 'is "stop"; give "block" or "skip"'],
  [
    'ordering.withPriority',
    { ordering: { key, withPriority: 'yes' }, priority: { levels: ['a', 'b'], default: 'a' } },
    'is "yes"; give "per-level"',
  ],
  [
    'priority.levels',
    { priority: { levels: ['a'], default: 'a' } },
    'is an array of 1; give 2 to 10 different names, most urgent first',
  ],
  [
    'priority.levels',
    { priority: { levels: ['a', 'a'], default: 'a' } },
    'is an array of 2; give 2 to 10 different names',
  ],
  ['priority.levels', { priority: { levels: [...'abcdefghijk'], default: 'a' } }, 'is an array of 11; give 2 to 10'],
  [
    'priority.levels',
    { priority: { levels: ['A', 'B'], default: 'a' } },
    'is an array of 2; give 2 to 10 different names',
  ],
  ['priority.default', { priority: { levels: ['a', 'b'] } }, `is undefined; give ${NAMES}`],
  ['priority.default', { priority: { levels: ['a', 'b'], default: 'c' } }, 'is "c"; give one of the levels a, b'],
  [
    'priority.policy',
    { priority: { levels: ['a', 'b'], default: 'a', policy: 'fair' } },
    'is "fair"; give "weighted" or "strict"',
  ],
  ['delay.max', { delay: {} }, `is undefined; ${DURATIONS}, at least 1 ms`],
  ['delay.max', { delay: { max: 0 } }, `is 0; ${DURATIONS}, at least 1 ms`],
  ['dedupe.window', { dedupe: { window: '5 min' } }, `is "5 min"; ${DURATIONS}`],
  ['ttl', { ttl: -1 }, `is -1; ${DURATIONS}`],
  ['retention', { retention: '59s' }, `is "59s"; ${DURATIONS}, at least 60000 ms`],
  ['maxBody', { maxBody: 2 ** 40 }, 'is 1099511627776; give a whole number from 1 to 134217728'],
  ['require.ordering', { require: { ordering: 'emulated' } }, 'is "emulated"; give "native"'],
  ['require.durability', { require: { durability: 'replicated' } }, 'is "replicated"; give "disk"'],
  ['native', { native: [] }, 'is an array of 0; give an object with the options of each adapter under its name'],
]

const wrongPolicy: readonly (readonly [string, object, string])[] = [
  ['retry', { retry: 5 }, 'is 5; give an object'],
  ['retry.attempts', { retry: { attempts: 0 } }, 'is 0; give a whole number from 1 to 1000000'],
  ['retry.attempts', { retry: { attempts: '5' } }, 'is "5"; give a whole number from 1 to 1000000'],
  [
    'retry.backoff',
    { retry: { backoff: '5s' } },
    'is "5s"; give exponential(first, max), linear(step, max), fixed(wait) or a function (error, attempt) => Duration',
  ],
  ['retry.when', { retry: { when: true } }, 'is true; give a function (error, attempt) => boolean'],
  ['retry.crashes', { retry: { crashes: Number.NaN } }, 'is NaN; give a whole number from 1 to 1000000'],
  ['deadLetter', { deadLetter: false }, 'is false; give true or "drop"'],
  ['lease', { lease: 99 }, `is 99; ${DURATIONS}, from 100 to 2147483647 ms`],
  ['timeout', { timeout: '25d' }, `is "25d"; ${DURATIONS}, from 1 to 2147483647 ms`],
  ['timeout', { timeout: Infinity }, `is Infinity; ${DURATIONS}`],
  ['concurrency', { concurrency: 100_001 }, 'is 100001; give a whole number from 1 to 100000'],
]

test.for(wrong)('define.all-problems: %s of a queue or a topic: %o', ([path, spec, message]) => {
  expect(problemsOf(queue, 'orders', spec)).toEqual([expect.stringContaining(`queue "orders" > ${path}: ${message}`)])
  expect(problemsOf(topic, 'orders', spec)).toEqual([expect.stringContaining(`topic "orders" > ${path}: ${message}`)])
})

test.for(wrongPolicy)('define.all-problems: %s of a queue or a group: %o', ([path, spec, message]) => {
  expect(problemsOf(queue, 'orders', spec)).toEqual([expect.stringContaining(`queue "orders" > ${path}: ${message}`)])
  expect(problemsOf(group, topic('placed'), 'mail', spec)).toEqual([
    expect.stringContaining(`group "placed/mail" > ${path}: ${message}`),
  ])
})

test('define.all-problems: one error lists all of them, however many are put together', () => {
  const byTop = new Map([...wrong, ...wrongPolicy].map((each) => [each[0].split('.', 1).join(), each]))
  fc.assert(
    fc.property(fc.subarray([...byTop.values()], { minLength: 1 }), (chosen) => {
      const spec = Object.assign({}, ...chosen.map(([, part]) => part)) as object
      const listed = problemsOf(queue, 'Orders', { ...spec, concurency: 5 })
      for (const [path, , message] of chosen)
        expect(listed).toContainEqual(expect.stringContaining(`queue "Orders" > ${path}: ${message}`))
      expect(listed).toContainEqual(
        expect.stringMatching(
          /^queue "Orders" > concurency: is an unknown field; the fields are schema, codec, .*concurrency$/,
        ),
      )
      expect(listed).toContainEqual(`queue "Orders": its name is not allowed; give ${NAMES}`)
    }),
  )
})

test('define.all-problems: an unknown field is named with the fields that there are, at any depth', () => {
  expect(problemsOf(queue, 'orders', { retry: { attemps: 5, atempts: 6 } })).toEqual([
    'queue "orders" > retry.attemps: is an unknown field; the fields are attempts, backoff, when, crashes',
    'queue "orders" > retry.atempts: is an unknown field; the fields are attempts, backoff, when, crashes',
  ])
  expect(problemsOf(topic, 'placed', { lease: 5 })).toEqual([
    expect.stringMatching(/^topic "placed" > lease: is an unknown field; the fields are schema, .*, groups$/),
  ])
  expect(problemsOf(queue, 'orders', { groups: ['a'] })).toEqual([
    expect.stringMatching(/^queue "orders" > groups: is an unknown field/),
  ])
  expect(problemsOf(queue, 'orders', JSON.parse('{"__proto__":1}'))).toEqual([
    expect.stringMatching(/> __proto__: is an unknown field/),
  ])
})

test.for<[object, RegExp]>([
  [{ ordering: { key }, delay: { max: 5 } }, /> delay: does not go with ordering: .*; use two queues/],
  [
    { ordering: { key }, priority: { levels: ['a', 'b'], default: 'a' } },
    /> ordering\.withPriority: is missing; .*: say withPriority: 'per-level'/,
  ],
  [
    { ordering: { key, withPriority: 'per-level' } },
    /> ordering\.withPriority: needs priority; add priority: \{ levels, default \} or leave it out/,
  ],
])('define.combinations: %o is refused', ([spec, message]) => {
  expect(problemsOf(queue, 'orders', spec)).toEqual([expect.stringMatching(message)])
})

test('define.combinations: everything else composes', () => {
  const parts = [
    { ordering: { key } },
    { priority: { levels: ['a', 'b'], default: 'a' } },
    { delay: { max: '1h' } },
    { dedupe: { window: '5m' } },
    { ttl: '1h' },
    { retention: '1d' },
    { maxBody: 5 },
    { require: { durability: 'disk' } },
    { native: { sqs: {} } },
    { retry: { attempts: 1 }, lease: '1m' },
  ]
  fc.assert(
    fc.property(fc.subarray(parts), (chosen) => {
      const spec = Object.assign({}, ...chosen) as { ordering?: object; priority?: object; delay?: object }
      const refused = spec.ordering !== undefined && (spec.delay !== undefined || spec.priority !== undefined)
      if (refused) expect(problemsOf(queue, 'orders', spec).length).toBeGreaterThan(0)
      else expect(queue('orders', spec as object)).toBeDefined()
    }),
  )
})

test.for<[Make, unknown, RegExp]>([
  [queue, 'Orders', /queue "Orders": its name is not allowed; give words/],
  [queue, 'orders.dead', /its name is not allowed/],
  [queue, 'a'.repeat(49), /its name is not allowed; .*at most 48/],
  [queue, undefined, /queue undefined: its name is not allowed/],
  [queue, 5n, /queue 5n: its name is not allowed/],
  [queue, Symbol('orders'), /queue Symbol\(orders\): its name is not allowed/],
  [topic, { name: 'orders' }, /topic an object: its name is not allowed/],
  [topic, 'dead', /topic "dead": its name is kept for parts of physical names/],
  [queue, 'g-payment', /queue "g-payment": its name is kept for parts/],
])('name.word, name.structural-refused: %o of %o is refused', ([make, name, message]) => {
  expect(problemsOf(make, name)).toEqual([expect.stringMatching(message)])
})

test('group: not of a topic, not listed, badly named; and all of it at once', () => {
  const placed = topic('placed', { groups: ['payment', 'stock'] })
  const notTopics = [
    undefined,
    null,
    5,
    'placed',
    {},
    queue('placed'),
    { kind: 'topic', name: 'placed' },
    new Proxy(
      {},
      {
        getPrototypeOf: () => {
          throw new Error('no')
        },
      },
    ),
  ]
  for (const of of notTopics)
    expect(problemsOf(group, of, 'payment')).toEqual([
      'group: its first argument is no topic; give what topic() returned',
    ])
  expect(problemsOf(group, placed, 'paymnt', { lease: 1 })).toEqual([
    `group "placed/paymnt": is not one of the topic's groups: payment, stock; add it to the topic's list`,
    expect.stringContaining('group "placed/paymnt" > lease: is 1; give'),
  ])
  expect(problemsOf(group, placed, 'Payment')).toEqual([`group "Payment": its name is not allowed; give ${NAMES}`])
  expect(problemsOf(topic, 'placed', { groups: ['a', 'a'] })).toEqual([
    `topic "placed" > groups: is an array of 2; give an array of different group names: ${NAMES}`,
  ])
})

test('define.all-problems: what cannot even be read is a problem, not a crash', () => {
  const throwing = (): never => {
    throw new Error('no entry')
  }
  expect(
    problemsOf(queue, 'orders', Object.defineProperty({ lease: 500 }, 'retry', { get: throwing, enumerable: true })),
  ).toEqual(['queue "orders" > retry: cannot be read: no entry'])
  expect(
    problemsOf(queue, 'orders', Object.defineProperty({}, 'ordering', { get: throwing, enumerable: true })),
  ).toEqual(['queue "orders" > ordering: cannot be read: no entry'])
  expect(problemsOf(topic, 'orders', new Proxy({}, { ownKeys: throwing }))).toEqual([
    'topic "orders": cannot be read: no entry',
  ])
  for (const spec of [null, undefined]) expect(queue('orders', spec as unknown as undefined).policy.attempts).toBe(10)
  expect(problemsOf(queue, 'orders', 'spec')).toEqual(['queue "orders": is "spec"; give an object'])
})
