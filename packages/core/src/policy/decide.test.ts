import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { ResolvedPolicy } from '../definition/definition.ts'
import { resolvePolicy } from '../definition/resolve.ts'
import { MqError } from '../errors.ts'
import { seededRandomness } from '../testing/seeded-randomness.ts'
import { fixed } from './backoff.ts'
import { decide, isCrashLoop } from './decide.ts'
import { DeadLetter, Defer, isSteering, RetryAfter, RetryRequested } from './steering.ts'

const failed = new Error('the handler failed')
const policyOf = (retry: Parameters<typeof resolvePolicy>[0]['retry'] = {}): ResolvedPolicy =>
  resolvePolicy({ retry: { backoff: fixed(500), ...retry } })
const judge = (attempt: number, error: unknown, policy: ResolvedPolicy): ReturnType<typeof decide> =>
  decide(attempt, error, policy, seededRandomness(1))

test('retry.attempts: attempts: n means n runs, neither one more nor one fewer', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 200 }), (attempts) => {
      const policy = policyOf({ attempts })
      let runs = 1
      while (judge(runs, failed, policy).verdict === 'retry') runs++
      expect([runs, judge(runs, failed, policy)]).toEqual([attempts, { verdict: 'dead', reason: 'attempts' }])
    }),
  )
})

const throwing = (): never => {
  throw new Error('broken hook')
}

test.for<[string, number, unknown, Parameters<typeof policyOf>[0], ReturnType<typeof decide>]>([
  ['a failure is retried after the backoff', 1, failed, { attempts: 3 }, { verdict: 'retry', delay: 500 }],
  ['the last attempt is dead', 3, failed, { attempts: 3 }, { verdict: 'dead', reason: 'attempts' }],
  ['so is one that is counted beyond it', 9, failed, { attempts: 3 }, { verdict: 'dead', reason: 'attempts' }],
  ['DeadLetter is dead at once', 1, new DeadLetter('never'), { attempts: 3 }, { verdict: 'dead', reason: 'rejected' }],
  [
    'DeadLetter says why, even at the last attempt',
    3,
    new DeadLetter('never'),
    { attempts: 3 },
    { verdict: 'dead', reason: 'rejected' },
  ],
  ['RetryAfter overrules the backoff', 1, new RetryAfter('7s'), { attempts: 3 }, { verdict: 'retry', delay: 7000 }],
  [
    'RetryAfter overrules the backoff that throws',
    1,
    new RetryAfter('7s'),
    { attempts: 3, backoff: throwing },
    { verdict: 'retry', delay: 7000 },
  ],
  ['RetryAfter counts', 3, new RetryAfter('7s'), { attempts: 3 }, { verdict: 'dead', reason: 'attempts' }],
  [
    'retry() asks the backoff and no classification',
    1,
    new RetryRequested(),
    { attempts: 3, when: () => false },
    { verdict: 'retry', delay: 500 },
  ],
  ['retry() counts', 3, new RetryRequested(), { attempts: 3 }, { verdict: 'dead', reason: 'attempts' }],
  ['Defer does not count', 3, new Defer('7s'), { attempts: 3 }, { verdict: 'defer', delay: 7000 }],
  [
    'when false is dead at once',
    1,
    failed,
    { attempts: 3, when: () => false },
    { verdict: 'dead', reason: 'rejected' },
  ],
  ['when true is retried', 1, failed, { attempts: 3, when: () => true }, { verdict: 'retry', delay: 500 }],
  [
    'when is not asked about the last attempt',
    3,
    failed,
    { attempts: 3, when: throwing },
    { verdict: 'dead', reason: 'attempts' },
  ],
  ['when that throws waits a minute', 1, failed, { attempts: 3, when: throwing }, { verdict: 'retry', delay: 60_000 }],
  [
    'a backoff that throws waits a minute',
    1,
    failed,
    { attempts: 3, backoff: throwing },
    { verdict: 'retry', delay: 60_000 },
  ],
  [
    'a backoff of NaN does not spin',
    1,
    failed,
    { attempts: 3, backoff: () => Number.NaN },
    { verdict: 'retry', delay: 60_000 },
  ],
  [
    'nor does a schedule of NaN',
    1,
    failed,
    { attempts: 3, backoff: { jitter: false, base: () => Number.NaN } },
    { verdict: 'retry', delay: 60_000 },
  ],
])('retry.when, retry.backoff, consume.*-error: %s', ([, attempt, error, retry, verdict]) => {
  expect(judge(attempt, error, policyOf(retry))).toEqual(verdict)
})

test('retry.when: sees what was thrown and the attempt that failed', () => {
  const seen: unknown[] = []
  judge(4, failed, policyOf({ when: (...given) => (seen.push(given), true) }))
  expect(seen).toEqual([[failed, 4]])
})

test('retry.attempts: whatever is thrown gets a verdict, and no wait is early, endless or nonsense', () => {
  fc.assert(
    fc.property(fc.anything(), fc.integer({ min: 1, max: 20 }), fc.integer(), (thrown, attempt, seed) => {
      const verdict = decide(attempt, thrown, resolvePolicy({ retry: { attempts: 10 } }), seededRandomness(seed))
      if (attempt >= 10) expect(verdict).toEqual({ verdict: 'dead', reason: 'attempts' })
      else expect(verdict.verdict === 'retry' && verdict.delay).toBeGreaterThanOrEqual(500 * 2 ** (attempt - 1))
    }),
  )
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  expect(judge(1, proxy, policyOf())).toEqual({ verdict: 'retry', delay: 500 })
})

test('retry.crashes: only deliveries that no failure explains count, and only from `crashes` on', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1000 }), fc.nat(2000), fc.nat(50), (crashes, unexplained, failures) => {
      const deliveries = 1 + failures + unexplained
      expect(isCrashLoop(deliveries, failures, policyOf({ crashes }))).toBe(unexplained >= crashes)
    }),
  )
  expect(isCrashLoop(0, 0, policyOf({ crashes: 1 }))).toBe(false)
})

test('steering errors are recognised by brand, and by nothing else', () => {
  const other = Object.assign(new Error('x'), { [Symbol.for('anymq.steering')]: true, steering: 'defer', after: 5 })
  expect([new DeadLetter('x'), new RetryAfter(1), new Defer(1), new RetryRequested(), other].every(isSteering)).toBe(
    true,
  )
  expect(
    [failed, null, undefined, 'defer', { steering: 'defer', after: 5 }, new MqError('MQ_SEND', 'x')].some(isSteering),
  ).toBe(false)
})

test.for<[string, () => unknown, string, RegExp]>([
  [
    'RetryAfter',
    () => new RetryAfter('soon' as '1s'),
    'MQ_CONFIG',
    /RetryAfter: "soon" is no duration; give milliseconds/,
  ],
  ['Defer', () => new Defer(Object.create(null) as number), 'MQ_CONFIG', /Defer: an object is no duration/],
  [
    'Defer with a bad pause',
    () => new Defer(1, { pause: 1 as never }),
    'MQ_CONFIG',
    /options > pause: is 1; give true or/,
  ],
  [
    'Defer with an unknown option',
    () => new Defer(1, { paus: true } as never),
    'MQ_CONFIG',
    /paus: is an unknown field/,
  ],
  ['Defer with bad options', () => new Defer(1, 5 as never), 'MQ_CONFIG', /options: is 5; give an object/],
])('error.not-built: %s says what it cannot do when it is made', ([, make, code, message]) => {
  expect(make).toThrow(expect.objectContaining({ code, message: expect.stringMatching(message) as string }))
})
