import { TestClock } from '@anymq/core/testing'
import { silentLogger } from '@anymq/core'
import type { Sink, Target } from '@anymq/core/driver'
import type { Admin, Consumer, Kafka } from 'kafkajs'
import { expect, test } from 'vitest'
import { KafkaFeed } from '../src/feed.ts'
import type { Receipt } from '../src/partition.ts'

const TARGET = { address: 'orders', kind: 'queue' } as Target

/** A feed of a consumer that only says what the test makes it say. */
async function feedOfPuppet() {
  const clock = new TestClock()
  const listeners = new Map<string, (event: object) => void>()
  const consumer = {
    events: { GROUP_JOIN: 'join', REBALANCING: 'rebalancing', HEARTBEAT: 'heartbeat', CRASH: 'crash' },
    on: (name: string, listener: (event: object) => void) => listeners.set(name, listener),
    connect: () => Promise.resolve(),
    subscribe: () => Promise.resolve(),
    disconnect: () => Promise.resolve(),
    resume: () => undefined,
    run: () => Promise.resolve(say('join', { payload: { memberAssignment: { orders: [0] } } })),
  } as unknown as Consumer
  const say = (name: string, event: object = {}): void => listeners.get(name)!(event)
  const failures: unknown[] = []
  const sink: Sink<Receipt> = {
    deliver: () => undefined,
    demand: () => 0,
    revoke: () => undefined,
    fail: (error) => failures.push(error),
  }
  const host = {
    kafka: { consumer: () => consumer } as unknown as Kafka,
    admin: { fetchOffsets: () => Promise.resolve([]) } as unknown as Admin,
    context: { clock, log: silentLogger } as never,
    session: 6000,
    handover: 0,
  }
  const feed = new KafkaFeed(host, TARGET, sink, { browse: null, hasCompany: false, onClosed: () => undefined })
  await feed.open()
  return { clock, feed, say, failures }
}

test('life.resumes: a group that goes on as if nothing had been announced is joined anew by another feed', async () => {
  const { clock, feed, say, failures } = await feedOfPuppet()
  say('rebalancing')
  await clock.advance(6000)
  say('heartbeat')
  expect(failures).toEqual([])
  await clock.advance(1)
  say('heartbeat')
  say('heartbeat')
  expect(failures).toMatchObject([
    { code: 'MQ_CONNECTION', retryable: true, message: 'the group "orders" announced a new assignment and made none' },
  ])
  await feed.close()
})

test('life.resumes: a group that assigns anew, however late, or does not answer, is left to itself', async () => {
  const { clock, feed, say, failures } = await feedOfPuppet()
  say('rebalancing')
  await clock.advance('1m')
  say('join', { payload: { memberAssignment: { orders: [0] } } })
  await clock.advance('1m')
  say('heartbeat')
  expect(failures).toEqual([])
  await feed.close()
})
