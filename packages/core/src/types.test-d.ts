/** What must and what must not compile. Checked by the compiler, never run. */
import { z } from 'zod'
import {
  bytes,
  createBroker,
  group,
  gzip,
  handle,
  handleBatch,
  json,
  queue,
  text,
  topic,
  type,
  type Broker,
  type BrokerOptions,
  type Consumer,
  type DeadMessage,
  type Definition,
  type Message,
  type Producer,
} from './index.ts'
import type { Adapter, Capabilities, Manifest } from './driver.ts'
import { fakeMessage } from './testing.ts'

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
/** Compiles when the value has exactly this type. */
declare function exactly<T>(): <V>(value: V, same: Equal<V, T>) => void

// --- define.schema-single, define.ordering: bodies are inferred, in any order of the fields

const orders = queue('orders', {
  schema: z.object({ id: z.string(), customer: z.string(), total: z.number().default(0) }),
  ordering: { key: (o) => o.customer, withPriority: 'per-level' },
  priority: { levels: ['vip', 'normal', 'bulk'], default: 'normal' },
})
const before = queue('before', {
  ordering: { key: (o) => o.customer },
  schema: z.object({ customer: z.string() }),
})
const typed = queue('typed', {
  schema: type<{ a: string; b?: number }>(),
  ordering: { key: (b) => b.a },
})
const plain = queue('plain')
const raw = queue('raw', { schema: type<Uint8Array>(), codec: bytes })
const packed = queue('packed', { schema: type<{ id: string }>(), codec: gzip(json) })
const packedLines = queue('packed-lines', { codec: gzip(text) })
const lines = queue('lines', { schema: z.string(), codec: text })
const v1 = z.object({ v: z.literal(1), n: z.string() })
const v2 = z.object({ v: z.literal(2), first: z.string().transform((s) => s.length) })
const evolving = queue('evolving', { schema: { send: v2, receive: z.union([v1, v2]) } })
const deduped = queue('deduped', { schema: z.object({ id: z.string() }), dedupe: { window: '5m' } })
const delayed = queue('delayed', { delay: { max: '1h' } })
const placed = topic('order-placed', {
  schema: z.object({ id: z.string() }),
  groups: ['payment', 'inventory'],
  priority: { levels: ['hi', 'lo'], default: 'lo' },
})
const open = topic('open', { schema: z.object({ id: z.string() }), dedupe: { window: '5m' } })
const simple = topic('simple', { schema: z.object({ id: z.string() }) })
const payment = group(placed, 'payment')
const anyName = group(open, 'whatever', { retry: { attempts: 3 }, from: 'oldest' })
const mail = group(simple, 'mail')

// @ts-expect-error no such field in the body
queue('bad', { schema: z.object({ a: z.string() }), ordering: { key: (o) => o.nope } })
// @ts-expect-error nor where `key` comes first
queue('bad', { ordering: { key: (o) => o.nope }, schema: z.object({ a: z.string() }) })
// @ts-expect-error a key is text
queue('bad', { schema: z.object({ a: z.number() }), ordering: { key: (o) => o.a } })
// @ts-expect-error the default is no level
queue('bad', { schema: z.object({ at: z.string() }), priority: { levels: ['a', 'b'], default: 'c' } })
// @ts-expect-error not one of the topic's groups
group(placed, 'paymnt')
// @ts-expect-error a group is of a topic
group(orders, 'payment')
// @ts-expect-error an unknown field of the policy
queue('bad', { retry: { attemps: 3 } })
// @ts-expect-error an unknown unit of time
queue('bad', { lease: '30 seconds' })
// @ts-expect-error dead letters are kept or dropped out loud
queue('bad', { deadLetter: false })

// --- define.json-safe: what JSON would change does not compile with the JSON codec

// @ts-expect-error a Date
queue('bad', { schema: z.object({ at: z.date() }) })
// @ts-expect-error a Date deep inside, optional, in a list
queue('bad', { schema: z.object({ lines: z.array(z.object({ at: z.date().optional() })) }) })
// @ts-expect-error a Map
queue('bad', { schema: type<{ tags: Map<string, string> }>() })
// @ts-expect-error a bigint
queue('bad', { schema: type<{ total: bigint }>(), codec: json })
// @ts-expect-error a Date, packed all the same
queue('bad', { schema: type<{ at: Date }>(), codec: gzip(json) })
// @ts-expect-error bytes
queue('bad', { schema: type<Uint8Array>() })
// @ts-expect-error a function
topic('bad', { schema: type<{ run: () => void }>() })
// @ts-expect-error what `send` outputs travels
queue('bad', { schema: { send: z.string().transform((s) => new Date(s)), receive: z.string() } })
// A Date that is made on arrival has not travelled.
const arrives = queue('arrives', { schema: z.object({ at: z.iso.datetime().transform((s) => new Date(s)) }) })

// --- a broker that offers ordering, priority and groups, and neither deduplication nor delay

interface FakeCapabilities extends Capabilities {
  readonly ordering: 'emulated'
  readonly priority: 'native'
  readonly delay: 'unsupported'
  readonly dedupe: 'unsupported'
  readonly ttl: 'native'
  readonly groups: 'native'
}
interface FakeManifest extends Manifest {
  readonly capabilities: FakeCapabilities
}
interface QueuesOnly extends Manifest {
  readonly capabilities: Omit<FakeCapabilities, 'groups'> & { readonly groups: 'unsupported' }
}
declare const fake: Adapter<FakeManifest, unknown, { readonly channel: number }>
declare const queuesOnly: Adapter<QueuesOnly>
declare const unknownBroker: Adapter

const broker = await createBroker(fake, {
  definitions: [orders, before, typed, plain, raw, lines, evolving, placed, simple, payment, mail, arrives],
  namespace: 'prod',
})
exactly<Broker<{ readonly channel: number }>>()(broker, true)
exactly<{ readonly channel: number }>()(broker.native, true)

// --- capability.compile-time: what the adapter lacks does not compile

// @ts-expect-error no deduplication
await createBroker(fake, { definitions: [orders, deduped] })
// @ts-expect-error nor for a topic
await createBroker(fake, { definitions: [open] })
// @ts-expect-error nor for its groups
await createBroker(fake, { definitions: [anyName] })
// @ts-expect-error no delay
await createBroker(fake, { definitions: [delayed] })
// @ts-expect-error no topics at all
await createBroker(queuesOnly, { definitions: [plain, simple] })
// @ts-expect-error nor their groups
await createBroker(queuesOnly, { definitions: [mail] })
await createBroker(queuesOnly, { definitions: [plain, raw] })
// An adapter that is known at run time only is checked at startup.
await createBroker(unknownBroker, { definitions: [deduped, delayed, open, anyName] })
declare const list: readonly Definition[]
await createBroker(fake, { definitions: list })
// @ts-expect-error a broker has definitions
await createBroker(fake, {})
// @ts-expect-error an unknown option
await createBroker(fake, { definitions: [plain], namspace: 'prod' })

// --- declare and remove: what a broker that is known offers, as at the start

await broker.declare(plain, orders, payment)
await broker.declare(orders, { replace: true })
await broker.declare(...list)
await broker.remove(payment)
exactly<Manifest>()(broker.capabilitiesOf(orders), true)
// @ts-expect-error no deduplication
await broker.declare(plain, deduped)
// @ts-expect-error nor alone
await broker.declare(deduped)
// @ts-expect-error nor in place of something else
await broker.declare(deduped, { replace: true })
// @ts-expect-error it is replaced or it is not
await broker.declare(plain, { replace: false })
// @ts-expect-error one definition is replaced at a time
await broker.declare(plain, orders, { replace: true })
// @ts-expect-error a queue is not removed
await broker.remove(orders)
// @ts-expect-error nor is a topic
await broker.remove(placed)
await (await createBroker(unknownBroker, { definitions: [] })).declare(deduped)
const anyBroker: Broker = broker
void anyBroker
// @ts-expect-error there are three modes
await createBroker(fake, { definitions: [plain], provision: 'check' })
await createBroker(fake, { definitions: [plain], provision: 'verify', overrides: { plain: { name: 'Plain' } } })
// @ts-expect-error an unknown field of an override
await createBroker(fake, { definitions: [plain], overrides: { plain: { nmae: 'Plain' } } })

// --- send: bodies and options

const producer = broker.producer(orders)
exactly<Producer<{ id: string; customer: string; total?: number | undefined }, 'vip' | 'normal' | 'bulk'>>()(
  producer,
  true,
)
exactly<Promise<string>>()(producer.send({ id: '1', customer: 'c' }, { priority: 'vip' }), true)
await producer.sendBatch([{ body: { id: '1', customer: 'c' }, priority: 'bulk', id: 'o-1' }])
await broker.producer(placed).send({ id: '1' }, { priority: 'hi', headers: { tenant: 'a' } })
await broker.producer(evolving).send({ v: 2, first: 'x' })
await broker.producer(raw).send(new Uint8Array(1))
await broker.producer(lines).send('text')
await broker.producer(packed).send({ id: 'o-1' })
await broker.producer(packedLines).send('text')
// @ts-expect-error text, and nothing else
await broker.producer(packedLines).send(5)
await broker.producer(plain).send({ anything: 1 }, { key: 'k', timeout: '5s', delay: 1000, at: new Date() })
await broker.producer(arrives).send({ at: '2026-01-01T00:00:00Z' })
// @ts-expect-error no such level
await producer.send({ id: '1', customer: 'c' }, { priority: 'urgent' })
// @ts-expect-error nor in a batch
await producer.sendBatch([{ body: { id: '1', customer: 'c' }, priority: 'urgent' }])
// @ts-expect-error nor on the topic
await broker.producer(placed).send({ id: '1' }, { priority: 'urgent' })
// @ts-expect-error a queue without levels has none
await broker.producer(evolving).send({ v: 2, first: 'x' }, { priority: 'vip' })
// @ts-expect-error the body does not fit
await producer.send({ id: 1, customer: 'c' })
// @ts-expect-error nor in a batch
await producer.sendBatch([{ body: { id: 1, customer: 'c' } }])
// @ts-expect-error version 1 is received, not sent
await broker.producer(evolving).send({ v: 1, n: 'x' })
// @ts-expect-error a Date is made on arrival, text is sent
await broker.producer(arrives).send({ at: new Date() })
// @ts-expect-error an unknown option
await producer.send({ id: '1', customer: 'c' }, { prioritty: 'vip' })
// @ts-expect-error headers are text
await broker.producer(plain).send(1, { headers: { a: 1 } })
// @ts-expect-error signal and timeout are the batch's, not an item's
await producer.sendBatch([{ body: { id: '1', customer: 'c' }, timeout: 5 }])
// @ts-expect-error a group is not sent to
broker.producer(payment)

// --- consume: bodies

const consumer = broker.consumer(orders, { retry: { attempts: 3 } })
exactly<Consumer<{ id: string; customer: string; total: number }>>()(consumer, true)
consumer.subscribe((m) => exactly<number>()(m.body.total, true))
consumer.subscribe(async (m) => exactly<Message<{ id: string; customer: string; total: number }>>()(m, true))
broker.consumer(evolving).subscribe((m) => exactly<{ v: 1; n: string } | { v: 2; first: number }>()(m.body, true))
broker.consumer(payment).subscribe((m) => exactly<{ id: string }>()(m.body, true))
broker.consumer(typed).subscribe((m) => exactly<{ a: string; b?: number }>()(m.body, true))
broker.consumer(plain).subscribe((m) => exactly<unknown>()(m.body, true))
broker.consumer(raw).subscribe((m) => exactly<Uint8Array>()(m.body, true))
broker.consumer(arrives).subscribe((m) => exactly<{ at: Date }>()(m.body, true))
exactly<Message<{ id: string }>[]>()(await broker.consumer(mail).receive({ max: 5, wait: '1s' }), true)
// @ts-expect-error a topic is consumed through a group
broker.consumer(placed)
// @ts-expect-error no such field
broker.consumer(payment).subscribe((m) => m.body.nope)
// @ts-expect-error an unknown option
broker.consumer(payment).subscribe(() => undefined, { concurency: 5 })

consumer.subscribeBatch((messages) => exactly<number>()(messages[0]!.body.total, true), { max: 5, within: '1s' })
// @ts-expect-error a batch needs both
consumer.subscribeBatch(() => undefined, { max: 5 })
for await (const message of broker.consumer(mail).messages()) exactly<Message<{ id: string }>>()(message, true)

// --- handlers as values

await broker.run(
  [
    handle(orders, (m) => exactly<Message<{ id: string; customer: string; total: number }>>()(m, true)),
    handle(payment, async (m) => exactly<{ id: string }>()(m.body, true), { concurrency: 16, retry: { attempts: 3 } }),
    handle(evolving, (m) => exactly<{ v: 1; n: string } | { v: 2; first: number }>()(m.body, true)),
    handleBatch(mail, (messages) => exactly<readonly Message<{ id: string }>[]>()(messages, true), {
      max: 500,
      within: '1s',
    }),
  ],
  { concurrency: 20, signals: ['SIGTERM'], timeout: '10s' },
)
// @ts-expect-error a topic is consumed through a group
handle(placed, () => undefined)
// @ts-expect-error no such field
handle(payment, (m) => m.body.nope)
// @ts-expect-error an unknown option
handle(payment, () => undefined, { concurency: 5 })
// @ts-expect-error a batch needs max and within
handleBatch(payment, () => undefined, {})
// @ts-expect-error not a signal
await broker.run([handle(plain, () => undefined)], { signals: ['SIGNOPE'] })

// --- send from anywhere: bodies and levels are those of the destination

exactly<Promise<string>>()(broker.send(orders, { id: '1', customer: 'c' }, { priority: 'vip' }), true)
await broker.send(placed, { id: '1' }, { priority: 'hi' })
handle(mail, (m) => m.send(arrives, { at: '2026-01-01T00:00:00Z' }, { id: m.id }))
// @ts-expect-error the body does not fit
await broker.send(orders, { id: 1, customer: 'c' })
// @ts-expect-error nor does one with more than its fields
await broker.send(simple, { id: 'a', more: 1 })
// @ts-expect-error no such level
await broker.send(orders, { id: '1', customer: 'c' }, { priority: 'urgent' })
// @ts-expect-error the cause is the message
handle(mail, (m) => m.send(simple, { id: 'a' }, { causedBy: m }))
// @ts-expect-error a group is not sent to
await broker.send(payment, { id: 'a' })

// --- dead letters

const dead = broker.deadLetters(orders)
for (const message of await dead.peek({ max: 5 })) {
  // @ts-expect-error nobody knows yet whether there is a body
  void message.body
  if (message.valid) exactly<number>()(message.body.total, true)
  else exactly<Uint8Array>()(message.raw, true)
  // @ts-expect-error a valid one has no raw bytes
  if (message.valid) void message.raw
}
exactly<DeadMessage<{ id: string }>[]>()(await broker.deadLetters(payment).peek(), true)
await dead.redrive({ map: (m) => (m.valid ? { id: m.body.id, customer: 'c' } : undefined) })
await dead.redrive({ ids: ['o-1'] })
await dead.redrive({ where: (m) => m.valid && m.body.customer === 'c-9', rate: 50 })
await dead.discard({ where: (m) => !m.valid })
// @ts-expect-error an invalid letter has no body
await dead.redrive({ where: (m) => m.body.customer === 'c-9' })
// @ts-expect-error deleting needs a choice
await dead.discard()
// `map` gives what a producer sends: the input of the schema that sends, not what a handler gets.
await broker.deadLetters(arrives).redrive({ map: (m) => (m.valid ? { at: m.body.at.toISOString() } : undefined) })
await broker.deadLetters(evolving).redrive({ map: () => ({ v: 2, first: 'x' }) })
await broker.deadLetters(payment).redrive({ map: () => ({ id: 'x' }) })
// @ts-expect-error a repaired body that does not fit
await dead.redrive({ map: () => ({ id: 1, customer: 'c' }) })
// @ts-expect-error the output of the schema is not its input
await broker.deadLetters(arrives).redrive({ map: (m) => (m.valid ? m.body : undefined) })
// @ts-expect-error version 1 is received, not sent
await broker.deadLetters(evolving).redrive({ map: () => ({ v: 1, n: 'x' }) })
// @ts-expect-error nor does a group's
await broker.deadLetters(payment).redrive({ map: () => ({ id: 5 }) })
// @ts-expect-error a topic has no dead letters, its groups have
broker.deadLetters(placed)

// --- portable code needs no broker

async function portable(to: Producer<{ id: string }>, from: Consumer<{ id: string }>): Promise<void> {
  await to.send({ id: 'a' })
  for (const message of await from.receive()) await message.ack()
}
await portable(broker.producer(simple), broker.consumer(mail))
fakeMessage(orders, { id: 'a', customer: 'c', total: 1 }, { attempt: 3 }) satisfies Message<{ total: number }>
fakeMessage(payment, { id: 'a' }) satisfies Message<{ id: string }>
// @ts-expect-error the body of a fake is the body of the source
fakeMessage(orders, { id: 'a' })
const definitions: readonly Definition[] = [orders, placed, payment, raw, evolving, anyName, arrives]
const options: BrokerOptions = { definitions }
void options
