import {
  bytes,
  exponential,
  fixed,
  group,
  gzip,
  json,
  linear,
  queue,
  silentLogger,
  text,
  topic,
  type,
} from '@anymq/core'
import { seededRandomness, TestClock } from '@anymq/core/testing'
import { z } from 'zod'
import type { Leaf, Shape } from './wild-input.ts'

/** What the fields of every definition, option and body may be, and what they may not: the seed bed of the bad-input test. */

const leaf = (good: readonly unknown[], bad: readonly unknown[] = []): Leaf => ({ good, bad })
const required = (good: readonly unknown[], bad: readonly unknown[] = []): Leaf => ({ good, bad, required: true })

const duration = (...bad: readonly unknown[]): Leaf =>
  leaf(['1s', '5m', 60_000, '2.5h'], ['5 minutes', -1, Number.NaN, Infinity, '1w', ...bad])
const wholeNumber = leaf([1, 5, 100], [0, 1.5, -3, '5', Infinity, 1e9])
const fn = (): string => 'k'
const callback = leaf([fn, () => true], [true, 'fn', {}])

const policy: Shape = {
  retry: {
    attempts: wholeNumber,
    backoff: leaf([exponential('1s', '5m'), linear(1, 2), fixed(0), () => '1s'], ['5s', 5, { jitter: true }]),
    when: callback,
    crashes: wholeNumber,
  },
  deadLetter: leaf([true, 'drop'], [false, 'keep', 1]),
  lease: duration(0, 99, '25d'),
  timeout: duration(0, '25d'),
  concurrency: wholeNumber,
}

const destination: Shape = {
  schema: leaf(
    [z.unknown(), z.string(), type(), { send: z.string(), receive: z.string() }],
    ['string', { send: z.string() }, { '~standard': {} }],
  ),
  codec: leaf([json, text, bytes, gzip(json)], ['json', { contentType: 'x' }, { ...json, contentEncoding: 5 }]),
  ordering: {
    key: required([fn], ['key', undefined]),
    shards: wholeNumber,
    onFailure: leaf(['block', 'skip'], ['stop']),
    withPriority: leaf(['per-level'], ['yes', true]),
  },
  priority: {
    levels: required(
      [
        ['vip', 'normal'],
        ['a', 'normal', 'z'],
      ],
      [['vip'], ['vip', 'vip'], ['Vip', 'x'], 'vip,normal', [...'abcdefghijk']],
    ),
    default: required(['normal'], ['none', 'Vip', undefined]),
    policy: leaf(['weighted', 'strict'], ['fair']),
  },
  delay: { max: { ...duration(0), required: true } },
  dedupe: { window: { ...duration(0), required: true } },
  ttl: duration(0),
  retention: leaf(['14d', '1h', 60_000], ['59s', 0, 'for ever']),
  maxBody: leaf([1, 100, 262_144], [0, 1.5, 2 ** 30, '1MB']),
  require: {
    ordering: leaf(['native'], ['emulated', true]),
    durability: leaf(['disk'], ['volatile', 'replicated']),
  },
  native: leaf([{}, { kafka: { partitions: 3 } }], [[], 5, 'kafka']),
}

export const NAME: Leaf = leaf(
  ['orders', 'order-placed', 'a', 'a'.repeat(48), '0-9'],
  ['Orders', 'a.b', '-a', 'a--b', 'dead', 'g-x', 'a'.repeat(49), 'größe'],
)
export const QUEUE: Shape = { ...destination, ...policy }
export const TOPIC: Shape = {
  ...destination,
  groups: leaf([[], ['payment'], ['a', 'b']], [['a', 'a'], ['A'], 'payment', [5]]),
}
export const GROUP: Shape = { ...policy, from: leaf(['now', 'oldest'], ['yesterday']) }
export const LISTED: Leaf = leaf(['payment', 'stock'], ['paymnt', 'Payment', 'g-x'])

/** What must be said, or not, where fields meet. */
export function compose(spec: Record<string, unknown>): void {
  const { ordering, priority } = spec
  if (ordering === undefined) return
  delete spec['delay']
  if (priority === undefined) delete (ordering as Record<string, unknown>)['withPriority']
  else (ordering as Record<string, unknown>)['withPriority'] = 'per-level'
}

const signal = leaf(
  [new AbortController().signal],
  [() => AbortSignal.abort(), new AbortController(), { aborted: false }],
)
const ids = ['o-1', '~', 'x'.repeat(128)]
const badIds = ['', 'has space', 'größe', 'x'.repeat(129), 'a\nb', 5]
const headers = {
  good: [{}, { a: 'b' }, { 'x-tenant': 'größe', b: '' }, { a: 'x'.repeat(1024) }],
  bad: [
    { A: 'x' },
    { 'anymq-id': 'x' },
    { traceparent: 'x' },
    { a: 5 },
    { a: null },
    { a: 'x\r\ny' },
    { a: '\ud800' },
    { a: 'x'.repeat(1025) },
    Object.fromEntries(Array.from({ length: 33 }, (_, i) => [`h${i}`, 'x'])),
    Object.fromEntries(Array.from({ length: 9 }, (_, i) => [`h${i}`, 'x'.repeat(1000)])),
    [['a', 'b']],
  ],
}

/** Of a destination without levels, delays and deduplication: of those there is no right value. */
const perMessage: Shape = {
  id: leaf(ids, badIds),
  key: leaf(['k', '€'.repeat(85), ' '], ['', '€'.repeat(86), '\ud800', 5]),
  type: leaf(['order.placed', 'a', 'A_b-1'], ['', 'a b', 'x'.repeat(65), 5]),
  headers,
  priority: leaf([undefined], ['vip', 5]),
  delay: leaf([undefined], ['5s', 0, 'later']),
  at: leaf([undefined], [new Date(0), new Date(Number.NaN), 5]),
  dedupeId: leaf([undefined], ['o-1', '', 5]),
  causedBy: leaf([{ id: 'o-1' }], [{}, 'o-1', { id: 5 }, { id: 'a\nb' }]),
}
export const SEND: Shape = { ...perMessage, signal, timeout: duration() }
export const SEND_BATCH: Shape = { signal, timeout: duration() }
export const ITEM: Shape = {
  ...perMessage,
  body: required([1, 'text', null, { a: [1] }], [undefined, () => 1, Number.NaN, 5n]),
}

export const PRODUCER: Shape = {
  checkBodies: leaf(['first', 'always', 'never'], ['sometimes', true]),
  buffer: { messages: wholeNumber, bytes: leaf([1, 1000], [0, 1.5, '64MiB', 2 ** 41]) },
  timeout: duration(0),
  confirm: leaf([true], [false, 'yes']),
}
export const CONSUMER: Shape = {
  ...policy,
  lease: leaf(['30s'], [0, 99, '25d', '30 s', '5m']),
  onInvalid: leaf(['dead-letter', 'retry'], ['drop', true]),
}
export const SUBSCRIBE: Shape = {
  concurrency: wholeNumber,
  timeout: duration(0),
  rate: leaf([{ max: 1, per: '1s' }], [{ max: 0, per: '1s' }, { max: 1 }, { max: 1, per: '1s', burst: 2 }, 5]),
}
export const SUBSCRIBE_BATCH: Shape = {
  ...SUBSCRIBE,
  max: required([1, 5, 100_000], [undefined, 0, 1.5, 100_001, '5']),
  within: required([0, '1s', 2_147_483_647], [undefined, -1, '25d', 'soon']),
}
/** Nothing is open yet that would need the same lease. */
const lease = leaf(['30s', '5m'], [0, 99, '25d', '30 s'])
export const HANDLE: Shape = { ...CONSUMER, ...SUBSCRIBE, lease }
export const HANDLE_BATCH: Shape = { ...CONSUMER, ...SUBSCRIBE_BATCH, lease }
export const RECEIVE: Shape = { max: wholeNumber, wait: duration('25d'), hold: duration(0, '25d'), signal }
export const PEEK: Shape = { max: leaf([1, 20, 10_000], [0, 10_001, 1.5, '20']) }
const chosenIds = leaf([[], ['o-1', 'o-2']], ['o-1', [5], new Set(['o-1'])])
const where = leaf([() => true, () => false], [true, 'where', { customer: 'c-9' }])
export const REDRIVE: Shape = {
  ids: chosenIds,
  where,
  map: leaf([(message: { body?: unknown }) => message.body, () => undefined], [true, 'map']),
  limit: leaf([1, 5, 1e9], [0, 1.5, -1, '5', Infinity]),
  scan: leaf([1, 10_000, 1_000_000], [0, 1.5, 1_000_001, '5', Infinity]),
  rate: leaf([1, 0.5, 1_000_000], [0, -1, Number.NaN, Infinity, 1_000_001, '5', { max: 1, per: '1s' }]),
  dryRun: leaf([true, false], ['yes', 1]),
  signal,
}
/** Without a choice it is refused. */
export const DISCARD: Shape = { ids: { ...chosenIds, required: true }, where }

export const DECLARE: Shape = { replace: required([true], [false, undefined, 'yes', 1]) }
/** What is no definition. */
export const NO_DEFINITIONS: readonly unknown[] = [
  undefined,
  null,
  'orders',
  5,
  [],
  {},
  { kind: 'queue', name: 'x' },
  { kind: 'group', name: 'x', policy: {} },
]

const sample = queue('sample')
const sampleTopic = topic('sample-topic')
export const BROKER: Shape = {
  definitions: required(
    [[], [sample], [sample, sampleTopic], [group(sampleTopic, 'x')]],
    [
      undefined,
      'orders',
      [null],
      [{ kind: 'queue' }],
      [sample, queue('sample')],
      [group(sampleTopic, 'x'), group(topic('sample-topic'), 'y')],
    ],
  ),
  namespace: leaf(['prod', 'a-b'], ['Prod', 'a.b', '', 'a'.repeat(49)]),
  provision: leaf(['create'], ['always', '', true, ['create']]),
  overrides: leaf(
    [{}, Object.create(null)],
    [
      [],
      'sample',
      { nobody: {} },
      { sample: null },
      { sample: { name: '' } },
      { sample: { name: 5 } },
      { sample: { provision: 'maybe' } },
      { sample: { native: [] } },
      { sample: { concurrency: 0 } },
      { sample: { nmae: 'Sample' } },
    ],
  ),
  emulation: leaf(['allow', 'warn', 'forbid'], ['never', false]),
  relay: leaf([true, false], ['yes', 1]),
  timeout: duration(0),
  logger: required([silentLogger], [{}, { warn: fn, error: fn }, fn]),
  onEvent: leaf([fn], [{}, 'fn']),
  interceptors: leaf(
    [
      [],
      [{ name: 'a' }],
      [
        { name: 'a', process: fn },
        { name: 'b', send: fn, processBatch: fn },
      ],
    ],
    [{ name: 'a' }, 'a', [null], [{ send: fn }], [{ name: 'a' }, { name: 'a' }], [{ name: 'a', handle: fn }]],
  ),
  clock: required([new TestClock()], [{}, Date, { now: fn }]),
  random: leaf([seededRandomness(1)], [{}, Math.random, { next: fn }]),
  ids: leaf([{ next: () => 'o-1' }], [{}, fn, 'uuid']),
}

export const BODIES: Leaf = leaf(
  [
    null,
    0,
    'text',
    [],
    {},
    { a: [{ b: 'größe' }] },
    { a: undefined },
    JSON.parse('{"__proto__":{"a":1}}'),
    '\ud800',
    Object.create(null),
  ],
  [
    undefined,
    () => 1,
    Number.NaN,
    { a: Infinity },
    [undefined],
    { a: new Date() },
    new Map(),
    5n,
    { a: 5n },
    'x'.repeat(300_000),
    { toJSON: () => 1 },
  ],
)
export const TEXT_BODIES: Leaf = leaf(
  ['', 'text', 'größe 🎉', '\ufeff'],
  [5, null, '\ud800', 'x'.repeat(300_000), undefined],
)
export const BYTE_BODIES: Leaf = leaf(
  [new Uint8Array(0), new Uint8Array(5), Buffer.from('x')],
  ['x', [1], new ArrayBuffer(3), new Uint8Array(300_000), null],
)
export const ORDER_BODIES: Leaf = leaf(
  [
    { id: 'a', total: 1 },
    { id: '', total: -1 },
  ],
  [{}, { id: 5, total: 1 }, { id: 'a', total: '1' }, [], null],
)
