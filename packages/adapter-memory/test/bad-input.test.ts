import {
  bytes,
  createBroker,
  group,
  handle,
  handleBatch,
  queue,
  silentLogger,
  text,
  topic,
  type,
  type Broker,
  type BrokerOptions,
  type Definition,
} from '@anymq/core'
import { TestClock } from '@anymq/core/testing'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { memory } from '../src/index.ts'
import * as shapes from './input-shapes.ts'
import { Tally } from './tally.ts'
import { WildInputs, type Input } from './wild-input.ts'

const SEED = 20_260_101
const INPUTS = 100_000

/** Where inputs go: `next` hands one in; `end` is called after every few hundred. */
interface Area {
  readonly name: string
  readonly share: number
  next(wild: WildInputs, tally: Tally): unknown
  end?(): Promise<void>
}

const placed = topic('placed', { groups: ['payment', 'stock'] })

const definitions: readonly Area[] = [
  {
    name: 'queue',
    share: 22,
    next: (wild, tally) => {
      const name = wild.chance(0.9)
        ? { value: 'orders', planted: [], mustRefuse: false }
        : wild.value('name', shapes.NAME)
      const spec = wild.object('queue', shapes.QUEUE, shapes.compose)
      return tally.try('queue', both(name, spec), () => queue(name.value as string, spec.value as object))
    },
  },
  {
    name: 'topic',
    share: 14,
    next: (wild, tally) => {
      const spec = wild.object('topic', shapes.TOPIC, shapes.compose)
      return tally.try('topic', spec, () => topic('placed', spec.value as object))
    },
  },
  {
    name: 'group',
    share: 10,
    next: (wild, tally) => {
      const of = wild.chance(0.95)
        ? { value: placed, planted: [], mustRefuse: false }
        : { value: wild.wild(), planted: ['first argument'], mustRefuse: true }
      const name = wild.chance(0.9)
        ? { value: 'payment', planted: [], mustRefuse: false }
        : wild.value('group', shapes.LISTED)
      const policy = wild.object('group', shapes.GROUP)
      return tally.try('group', both(both(of, name), policy), () =>
        group(of.value as typeof placed, name.value as 'payment', policy.value as object),
      )
    },
  },
]

function both(a: Input, b: Input): Input {
  return { value: [a.value, b.value], planted: [...a.planted, ...b.planted], mustRefuse: a.mustRefuse || b.mustRefuse }
}

const plain = queue('plain')
const small = queue('small', { schema: z.object({ id: z.string(), total: z.number() }), maxBody: 1000 })
const lines = queue('lines', { codec: text, schema: type<string>() })
const raw = queue('raw', { codec: bytes, schema: type<Uint8Array>() })
const idle = queue('idle')
const unlisted = queue('unlisted')
const payment = group(placed, 'payment')

/** A broker in virtual time, and what sends to it and consumes from it. */
function sending(broker: Broker): readonly Area[] {
  const check = { checkBodies: 'always' } as const
  const to = [
    [broker.producer(plain, check), shapes.BODIES],
    [broker.producer(small, check), shapes.ORDER_BODIES],
    [broker.producer(lines, check), shapes.TEXT_BODIES],
    [broker.producer(raw, check), shapes.BYTE_BODIES],
  ] as const
  return [
    {
      name: 'send',
      share: 12,
      next: (wild, tally) => {
        const options = wild.object('options', shapes.SEND)
        return tally.try('send', options, () => to[0][0].send({ a: 1 }, options.value as object))
      },
    },
    {
      name: 'body',
      share: 10,
      next: (wild, tally) => {
        const [producer, bodies] = wild.pick(to)
        const body = wild.value('body', bodies)
        return tally.try('body', body, () => producer.send(body.value as never))
      },
    },
    {
      name: 'sendBatch',
      share: 6,
      next: (wild, tally) => {
        const item = wild.chance(0.8)
          ? wild.object('items', shapes.ITEM)
          : { value: { body: 1 }, planted: [], mustRefuse: false }
        const options = wild.chance(0.2)
          ? wild.object('options', shapes.SEND_BATCH)
          : { value: undefined, planted: [], mustRefuse: false }
        return tally.try('sendBatch', both(item, options), () =>
          to[0][0].sendBatch([{ body: 2 }, item.value as { body: number }], options.value as object),
        )
      },
    },
    {
      name: 'producer',
      share: 4,
      next: (wild, tally) => {
        const options = wild.object('options', shapes.PRODUCER)
        return tally.try('producer', options, () => closing(broker.producer(plain, options.value as object)))
      },
    },
  ]
}

/** What is made is closed; that it could be made is the answer. */
function closing(made: { close(): Promise<void> }): void {
  void made.close()
}

function handlerOf(wild: WildInputs): Input {
  return wild.chance(0.9)
    ? { value: () => undefined, planted: [], mustRefuse: false }
    : { value: wild.wild(), planted: ['handler'], mustRefuse: true }
}

function consuming(broker: Broker): readonly Area[] {
  let consumer = broker.consumer(idle)
  const renew = async (): Promise<void> => {
    const last = consumer
    consumer = broker.consumer(idle)
    await last.close()
  }
  const dead = broker.deadLetters(idle)
  return [
    {
      name: 'consumer',
      share: 5,
      next: (wild, tally) => {
        const options = wild.object('options', shapes.CONSUMER)
        return tally.try('consumer', options, () => closing(broker.consumer(idle, options.value as object)))
      },
    },
    {
      name: 'subscribe',
      share: 2,
      next: (wild, tally) => {
        const handler = handlerOf(wild)
        const options = wild.object('options', shapes.SUBSCRIBE)
        return tally.try('subscribe', both(handler, options), () =>
          closing(consumer.subscribe(handler.value as () => void, options.value as object)),
        )
      },
      end: renew,
    },
    {
      name: 'subscribeBatch',
      share: 1,
      next: (wild, tally) => {
        const handler = handlerOf(wild)
        const options = wild.object('options', shapes.SUBSCRIBE_BATCH)
        return tally.try('subscribeBatch', both(handler, options), () =>
          closing(consumer.subscribeBatch(handler.value as () => void, options.value as never)),
        )
      },
      end: renew,
    },
    {
      name: 'handle',
      share: 1,
      next: (wild, tally) => {
        const isBatch = wild.chance(0.5)
        const handler = handlerOf(wild)
        const options = wild.object('options', isBatch ? shapes.HANDLE_BATCH : shapes.HANDLE)
        return tally.try('handle', both(handler, options), () =>
          isBatch
            ? handleBatch(idle, handler.value as () => void, options.value as never)
            : handle(idle, handler.value as () => void, options.value as object),
        )
      },
    },
    {
      name: 'receive',
      share: 4,
      next: (wild, tally) => {
        const options = wild.object('options', shapes.RECEIVE)
        return tally.try('receive', options, () => consumer.receive(options.value as object))
      },
      end: renew,
    },
    {
      name: 'peek',
      share: 1,
      next: (wild, tally) => {
        const options = wild.object('options', shapes.PEEK)
        return tally.try('peek', options, () => dead.peek(options.value as object))
      },
    },
    {
      name: 'redrive',
      share: 1,
      next: (wild, tally) => {
        const options = wild.object('options', shapes.REDRIVE)
        return tally.try('redrive', options, () => dead.redrive(options.value as object))
      },
    },
    {
      name: 'discard',
      share: 1,
      next: (wild, tally) => {
        const options = wild.object('options', shapes.DISCARD)
        return tally.try('discard', options, () => dead.discard(options.value as object))
      },
    },
    {
      name: 'argument',
      share: 1,
      next: (wild, tally) => {
        const use = wild.pick([
          { right: [plain, placed], call: async (given: never) => closing(broker.producer(given, {})) },
          { right: [idle, payment], call: async (given: never) => closing(broker.consumer(given)) },
          { right: [idle, payment], call: async (given: never) => broker.deadLetters(given) },
          { right: [idle, payment], call: async (given: never) => broker.stats(given) },
        ])
        const definition = wild.value('definition', {
          good: use.right,
          bad: [
            unlisted,
            'plain',
            { ...plain },
            ...[plain, placed, payment].filter((each) => !isOneOf(each, use.right)),
          ],
        })
        return tally.try('argument', definition, () => use.call(definition.value as never))
      },
    },
  ]
}

/** Again and again the same: what is declared stays. */
function declaring(broker: Broker): readonly Area[] {
  return [
    {
      name: 'declare',
      share: 1,
      next: (wild, tally) => {
        const what = wild.value('definitions', { good: [idle, unlisted], bad: shapes.NO_DEFINITIONS })
        const options = wild.object('options', shapes.DECLARE)
        return tally.try('declare', both(what, options), () =>
          broker.declare(what.value as typeof idle, options.value as { replace: true }),
        )
      },
    },
    {
      name: 'remove',
      share: 1,
      next: (wild, tally) => {
        const what = wild.value('definition', {
          good: [group(topic('open'), 'any')],
          bad: [...shapes.NO_DEFINITIONS, idle, placed],
        })
        return tally.try('remove', what, () => broker.remove(what.value as typeof payment))
      },
    },
  ]
}

function isOneOf(definition: Definition, kinds: readonly Definition[]): boolean {
  return kinds.some(({ kind }) => kind === definition.kind)
}

const brokers: Area = {
  name: 'broker',
  share: 3,
  next: (wild, tally) => {
    const adapter = wild.chance(0.95)
      ? { value: memory(), planted: [], mustRefuse: false }
      : { value: wild.wild(), planted: ['adapter'], mustRefuse: true }
    const options = wild.object('options', shapes.BROKER)
    return tally.try('broker', both(adapter, options), async () => {
      const broker = await createBroker(adapter.value as ReturnType<typeof memory>, options.value as BrokerOptions)
      await broker.close()
    })
  },
}

/** Every field of every error of every area. */
const FIELDS: Readonly<Record<string, string>> = {
  queue:
    'queue schema codec ordering ordering.key ordering.shards ordering.onFailure ordering.withPriority priority priority.levels priority.default priority.policy delay delay.max dedupe dedupe.window ttl retention maxBody require require.ordering require.durability native retry retry.attempts retry.backoff retry.when retry.crashes deadLetter lease timeout concurrency no-such-field retry.no-such-field __proto__',
  topic:
    'topic schema codec ordering ordering.key priority priority.levels priority.default delay delay.max dedupe.window ttl retention maxBody require.durability native groups no-such-field',
  group:
    'group retry retry.attempts retry.backoff retry.when retry.crashes deadLetter lease timeout concurrency from no-such-field',
  send: 'id key type headers headers[…] priority delay at dedupeId causedBy signal timeout no-such-field __proto__',
  body: 'body body.id body.total',
  sendBatch: 'items[1] id key type headers headers[…] priority delay at dedupeId causedBy signal timeout no-such-field',
  producer: 'options checkBodies buffer buffer.messages buffer.bytes timeout confirm no-such-field',
  consumer:
    'options retry retry.attempts retry.backoff retry.when retry.crashes deadLetter lease timeout concurrency onInvalid no-such-field',
  subscribe: 'handler options concurrency timeout rate no-such-field',
  subscribeBatch: 'handler options max within concurrency timeout rate no-such-field',
  handle: 'handler options retry deadLetter lease timeout concurrency onInvalid rate max within no-such-field',
  receive: 'options max wait hold signal no-such-field',
  peek: 'options max no-such-field',
  redrive: 'options ids map where limit scan rate dryRun signal no-such-field',
  discard: 'options ids where no-such-field',
  declare: 'definitions[0] options replace no-such-field',
  broker:
    'adapter options definitions namespace provision overrides emulation relay timeout logger onEvent interceptors clock random ids no-such-field',
}

test(
  'error.shape, error.none-unhandled, define.all-problems: 100,000 inputs, each accepted, or refused by name',
  { timeout: 60_000 },
  async () => {
    const wild = new WildInputs(SEED)
    const tally = new Tally()
    const clock = new TestClock()
    const broker = await createBroker(memory(), {
      definitions: [plain, small, lines, raw, idle, placed, payment],
      logger: silentLogger,
      clock,
    })
    const areas = [...definitions, ...sending(broker), ...consuming(broker), ...declaring(broker), brokers]
    for (const area of areas) {
      const count = (area.share * INPUTS) / 100
      let waiting: unknown[] = []
      for (let i = 1; i <= count; i++) {
        waiting.push(area.next(wild, tally))
        if (i % 500 !== 0) continue
        await clock.settle()
        await area.end?.()
        await Promise.all(waiting)
        waiting = []
      }
    }
    await broker.close()
    await clock.settle()
    expect(Object.fromEntries(tally.wrong)).toEqual({})
    expect(clock.timers).toBe(0)
    expect(tally.accepted + tally.refused).toBe(INPUTS)
    expect(tally.accepted / INPUTS).toBeGreaterThan(0.3)
    expect(tally.refused / INPUTS).toBeGreaterThan(0.3)
    const expected = Object.entries(FIELDS).flatMap(([area, fields]) =>
      fields.split(' ').map((field) => `${area}: ${field}`),
    )
    expect(expected.filter((field) => !tally.reached.has(field))).toEqual([])
  },
)
