// Two processes declare the same group at the same time while a producer sends: which messages does the group miss?
import { fakeTarget } from '@anymq/core/testing'
import { fileURLToPath } from 'node:url'
import kafkajs, { type Admin, type Kafka } from 'kafkajs'
import { connectTo, fresh, lab, messages, wait } from './lab.ts'
import { child, kill, said } from '../shared/children.ts'

const SCRIPT = fileURLToPath(import.meta.url)
const ROUNDS = 15
const PARTITIONS = 4
const METHODS = ['naive', 'read-again', 'member'] as const
type Method = (typeof METHODS)[number]

const [role, url = ''] = process.argv.slice(2)

if (role === 'declarer') await declarer()
else
  await lab('Group creation when two processes race', async (broker) => {
    for (const method of METHODS) await rounds(broker.url, method)
  })

/** Declares what it is told to, and says how long it took. */
async function declarer(): Promise<void> {
  const kafka = bareKafka(url)
  const admin = kafka.admin()
  await admin.connect()
  const driver = await connectTo(url)
  process.on('message', ({ method, topic, group }: { method: Method; topic: string; group: string }) => {
    const start = performance.now()
    void declare(method, topic, group).then(
      () => process.send!({ took: performance.now() - start, error: '' }),
      (error: unknown) => process.send!({ took: performance.now() - start, error: String(error) }),
    )
  })
  process.send!('ready')

  async function declare(method: Method, topic: string, group: string): Promise<void> {
    if (method === 'naive') return naive(kafka, topic, group)
    if (method === 'read-again') return readAgain(admin, topic, group)
    await driver.ensure(fakeTarget('group', group, { of: topic, native: { partitions: 1 } }), 'create')
  }
}

/** A consumer that joins with `fromBeginning: false`, and leaves. */
async function naive(kafka: Kafka, topic: string, groupId: string): Promise<void> {
  const consumer = kafka.consumer({ groupId, maxWaitTimeInMs: 50 })
  await consumer.subscribe({ topic, fromBeginning: false })
  await consumer.run({ autoCommit: false, eachBatch: async () => undefined })
  await consumer.disconnect()
}

/** End offsets first, commit only where there is none, read again, the lower wins. `setOffsets` refuses a group that runs. */
async function readAgain(admin: Admin, topic: string, groupId: string): Promise<void> {
  const ends = await admin.fetchTopicOffsets(topic)
  for (let tries = 0; tries < 200; tries++) {
    const [found] = await admin.fetchOffsets({ groupId, topics: [topic] })
    const committed = new Map(found!.partitions.map(({ partition, offset }) => [partition, Number(offset)]))
    const wanted = ends.filter(({ partition, high }) => {
      const at = committed.get(partition)!
      return at < 0 || at > Number(high)
    })
    if (wanted.length === 0) return
    const partitions = wanted.map(({ partition, high }) => ({ partition, offset: high }))
    await admin.setOffsets({ groupId, topic, partitions }).catch(() => wait(20))
  }
  throw new Error('the group ran all the time')
}

async function rounds(at: string, method: Method): Promise<void> {
  const declarers = await Promise.all([child(SCRIPT, 'declarer', at), child(SCRIPT, 'declarer', at)])
  await Promise.all(declarers.map((one) => said(one)))
  const admin = bareKafka(at).admin()
  await admin.connect()
  const lost: number[] = []
  const times: number[] = []
  const errors: string[] = []
  for (let round = 0; round < ROUNDS; round++) {
    const topic = fresh(method)
    const group = `${topic}.g-a`
    await admin.createTopics({ topics: [{ topic, numPartitions: PARTITIONS, replicationFactor: 1 }] })
    const stop = new AbortController()
    const begun: number[] = []
    const producing = produce(at, topic, stop.signal, begun)
    await wait(100)
    const answers = declarers.map(async (one, n) => {
      // The second one comes a little later, in each round by another delay.
      await wait(n * (round % 5) * 30)
      one.send({ method, topic, group })
      const { took, error } = await said<{ took: number; error: string }>(one)
      times.push(took)
      if (error !== '') errors.push(error)
    })
    await Promise.race(answers)
    const declaredAt = begun.length
    await Promise.all(answers)
    await wait(100)
    stop.abort()
    const offsets = await producing
    const [found] = await admin.fetchOffsets({ groupId: group, topics: [topic] })
    const start = new Map(found!.partitions.map(({ partition, offset }) => [partition, Number(offset)]))
    // No commit: the group begins at the end whenever its first consumer comes.
    const missed = offsets.slice(declaredAt).filter(({ partition, offset }) => {
      const from = start.get(partition)!
      return from < 0 || offset < from
    })
    lost.push(missed.length)
  }
  const rate = times.reduce((sum, ms) => sum + ms, 0) / times.length
  console.log(
    `${method}: ${ROUNDS} rounds, lost ${lost.reduce((sum, n) => sum + n, 0)} messages in ${lost.filter((n) => n > 0).length} rounds (${lost.join(' ')}); a declaration takes ${rate.toFixed(0)} ms; ${errors.length} failed ${errors[0] ?? ''}`,
  )
  await Promise.all(declarers.map((one) => kill(one)))
  await admin.disconnect()
}

/** One message after the other; each is noted when it begins. Returns where each landed, in the same order. */
async function produce(
  at: string,
  topic: string,
  signal: AbortSignal,
  begun: number[],
): Promise<{ partition: number; offset: number }[]> {
  const producer = bareKafka(at).producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner })
  await producer.connect()
  const landed: { partition: number; offset: number }[] = []
  for (let n = 0; !signal.aborted; n++) {
    begun.push(n)
    const partition = n % PARTITIONS
    const [answer] = await producer.send({
      topic,
      messages: messages(n, n + 1).map(({ body }) => ({ partition, value: Buffer.from(body) })),
    })
    landed.push({ partition, offset: Number(answer!.baseOffset) })
  }
  await producer.disconnect()
  return landed
}

function bareKafka(at: string): Kafka {
  return new kafkajs.Kafka({ brokers: [new URL(at).host], logLevel: kafkajs.logLevel.NOTHING })
}
