import { seededRandomness } from '@anymq/core/testing'
// Acknowledging one by one, only the finished prefix, or the prefix in one frame and the rest one by one.
//   node --conditions=source --expose-gc bench/spikes/rabbitmq/contiguous.ts
import type { Channel, ChannelModel, ConsumeMessage } from 'amqplib'
import { Tags } from '../../../packages/adapter-rabbitmq/src/tags.ts'
import { interleaved, type Contender } from '../../measure/rounds.ts'
import { median, pairedRatio } from '../../measure/statistics.ts'
import { count, table } from '../../measure/table.ts'
import { channelOf, closed, connected, fill, lab, quorumQueue } from './lab.ts'

/** The same choices in every run. */
const random = seededRandomness(1)

const MESSAGES = 20_000
const ROUNDS = 3
const WINDOW = 200

/** Given the channel, acknowledges what was finished in one turn; returns how many frames it took. */
type Way = (channel: Channel) => { delivered(tag: number): void; finished(batch: readonly ConsumeMessage[]): number }

/** How many turns of the event loop a handler takes. */
const HANDLERS: Readonly<Record<string, () => number>> = {
  'in order': () => 3,
  'a little out of order': () => 3 + Math.floor(random.next() * 2),
  'random order': () => 1 + Math.floor(random.next() * 10),
}

const WAYS: Readonly<Record<string, Way>> = {
  single: (channel) => ({
    delivered: () => undefined,
    finished: (batch) => {
      for (const message of batch) channel.ack(message)
      return batch.length
    },
  }),
  'prefix alone': (channel) => {
    const tags = new Tags()
    const settled = new Map<number, ConsumeMessage>()
    return {
      delivered: (tag) => tags.delivered(tag),
      finished: (batch) => {
        for (const message of batch) {
          tags.settled(message.fields.deliveryTag)
          settled.set(message.fields.deliveryTag, message)
        }
        const last = settled.get(tags.lowest - 1)
        if (last === undefined) return 0
        for (const tag of settled.keys()) if (tag < tags.lowest) settled.delete(tag)
        channel.ack(last, true)
        return 1
      },
    }
  },
  'prefix, rest after 10 ms': (channel) => {
    const tags = new Tags()
    const waiting = new Map<number, ConsumeMessage>()
    let timer: NodeJS.Timeout | undefined
    const flush = (): number => {
      const edge = tags.lowest
      const last = waiting.get(edge - 1)
      for (const tag of waiting.keys()) if (tag < edge) waiting.delete(tag)
      if (last !== undefined) channel.ack(last, true)
      return last === undefined ? 0 : 1
    }
    const late = (): void => {
      timer = undefined
      for (const message of waiting.values()) channel.ack(message)
      waiting.clear()
    }
    return {
      delivered: (tag) => tags.delivered(tag),
      finished: (batch) => {
        for (const message of batch) {
          tags.settled(message.fields.deliveryTag)
          waiting.set(message.fields.deliveryTag, message)
        }
        const written = flush()
        if (waiting.size > 0) timer ??= setTimeout(late, 10)
        return written
      },
    }
  },
  'prefix and rest (the spike)': (channel) => {
    const tags = new Tags()
    return {
      delivered: (tag) => tags.delivered(tag),
      finished: (batch) => prefixAndRest(channel, tags, batch),
    }
  },
}

const frames = new Map<string, number>()

await lab('Contiguous acknowledgement', async ({ url }) => {
  const model = await connected(url)
  for (const [order, turns] of Object.entries(HANDLERS)) {
    const contenders = Object.entries(WAYS).map(([name, way]) => contender(model, name, way, turns))
    const samples = await interleaved(contenders, ROUNDS)
    const [single] = [...samples.values()]
    const rows = [...samples].map(([name, runs]) => [
      `${order}: ${name}`,
      (median(runs.map(({ cpu }) => cpu)) / MESSAGES).toFixed(1),
      pairedRatio(
        runs.map(({ cpu }) => cpu),
        single!.map(({ cpu }) => cpu),
      ).toFixed(2),
      count((MESSAGES / median(runs.map(({ milliseconds }) => milliseconds))) * 1000),
      pairedRatio(
        single!.map(({ milliseconds }) => milliseconds),
        runs.map(({ milliseconds }) => milliseconds),
      ).toFixed(2),
      ((frames.get(name) ?? 0) / MESSAGES).toFixed(2),
    ])
    console.log(table([`window ${WINDOW}`, 'us CPU each', 'ratio', 'msg/s', 'ratio', 'frames each'], rows))
  }
  await closed(model)
})

function contender(model: ChannelModel, name: string, way: Way, turns: () => number): Contender {
  return {
    name,
    prepare: async () => {
      const queue = await quorumQueue(model)
      await fill(model, queue, 1, MESSAGES, 256)
      const channel = await channelOf(model)
      await channel.prefetch(WINDOW, false)
      return {
        run: () => consume(channel, queue, name, way(channel), turns),
        end: async () => {
          await channel.close()
          await deleted(model, queue)
        },
      }
    },
  }
}

/** Each delivery is finished some turns of the event loop later; what ends in one turn is settled together, as core does. */
async function consume(
  channel: Channel,
  queue: string,
  name: string,
  way: ReturnType<Way>,
  turns: () => number,
): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const due: ConsumeMessage[][] = Array.from({ length: 16 }, () => [])
  let [turn, left, written, running] = [0, MESSAGES, 0, 0]
  const tick = (): void => {
    const finished = due[turn % 16]!.splice(0)
    turn++
    if (finished.length > 0) written += way.finished(finished)
    running -= finished.length
    left -= finished.length
    if (left === 0) resolve()
    else if (running > 0) setImmediate(tick)
  }
  await channel.consume(queue, (message) => {
    way.delivered(message!.fields.deliveryTag)
    due[(turn + turns()) % 16]!.push(message!)
    if (running++ === 0) setImmediate(tick)
  })
  await promise
  frames.set(name, written)
}

async function deleted(model: ChannelModel, queue: string): Promise<void> {
  const channel = await channelOf(model)
  await channel.deleteQueue(queue)
  await channel.close()
}

/** As the spike's feed does. */
function prefixAndRest(channel: Channel, tags: Tags, batch: readonly ConsumeMessage[]): number {
  for (const { fields } of batch) tags.settled(fields.deliveryTag)
  const edge = tags.lowest
  let written = 0
  let last: ConsumeMessage | undefined
  for (const message of batch) {
    const tag = message.fields.deliveryTag
    if (tag > edge) {
      channel.ack(message)
      written++
    } else if (last === undefined || tag > last.fields.deliveryTag) last = message
  }
  if (last === undefined) return written
  channel.ack(last, true)
  return written + 1
}
