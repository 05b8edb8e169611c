// Another window: cancel, another prefetch, consume again, on the same channel. What does it cost, lose or reorder?
import type { Channel, ConsumeMessage } from 'amqplib'
import {
  channelOf,
  closed,
  connected,
  eventually,
  fill,
  lab,
  quiet,
  quorumQueue,
  sequence,
  taker,
  wait,
} from './lab.ts'
import { percentiles } from '../shared/percentiles.ts'

const MESSAGES = 20_000

await lab('Another window', async ({ url }) => {
  const model = await connected(url)
  for (const active of [false, true]) {
    const queue = await quorumQueue(model, { 'x-single-active-consumer': active })
    await fill(model, queue, 1, 30)
    const held = await taker(model, queue, 8)
    await held.until(8)
    await held.channel.cancel(held.consumerTag)
    await held.channel.prefetch(3, false)
    await held.channel.consume(queue, (message) => void (message && held.got.push(message)))
    await quiet(held.got)
    const unsettled = held.got.length
    for (const message of held.got.slice(0, 4)) held.channel.ack(message)
    await quiet(held.got)
    const before = sequence(held.got)
    await held.channel.close()
    const next = await taker(model, queue, 30)
    await next.until(26)
    const kind = active ? 'single active consumer' : 'plain'
    console.log(
      `${kind}: prefetch 8, then 3 with nothing settled: ${unsettled} unsettled; 1-4 acked: "${before}"; after the channel: "${sequence(next.got)}"`,
    )
    await next.channel.close()
  }
  await underFlow(url)
  await closed(model)
})

/** The window changes every 10 ms while messages flow. */
async function underFlow(url: string): Promise<void> {
  const model = await connected(url)
  for (const changes of [false, true]) {
    const queue = await quorumQueue(model)
    await fill(model, queue, 1, MESSAGES, 256)
    const channel = await channelOf(model)
    await channel.prefetch(200, false)
    const got: number[] = []
    const take = (message: ConsumeMessage | null): void => {
      if (message === null) return
      got.push(Number(message.properties.messageId))
      channel.ack(message)
    }
    const start = performance.now()
    const { consumerTag } = await channel.consume(queue, take)
    const times = changes ? await changing(channel, queue, take, consumerTag, () => got.length >= MESSAGES) : []
    await eventually(() => got.length >= MESSAGES, 'end of the flow')
    const took = performance.now() - start
    const backwards = got.filter((n, index) => index > 0 && n < got[index - 1]!).length
    const rate = Math.round((MESSAGES / took) * 1000)
    const cost = changes ? `, ${times.length} changes, ${percentiles(times)}` : ''
    console.log(
      `flow ${changes ? 'with' : 'without'} changes: ${rate} msg/s${cost}; ${new Set(got).size} of ${MESSAGES} came, ${got.length - new Set(got).size} twice, ${backwards} out of order`,
    )
    await channel.close()
  }
  await closed(model)
}

/** Another window every 10 ms, until the end; how long each took. */
async function changing(
  channel: Channel,
  queue: string,
  take: (message: ConsumeMessage | null) => void,
  first: string,
  isOver: () => boolean,
): Promise<number[]> {
  const times: number[] = []
  for (let tag = first; !isOver(); await wait(10)) {
    const began = performance.now()
    await channel.cancel(tag)
    await channel.prefetch(100 + (times.length % 100), false)
    const renewed = await channel.consume(queue, take)
    tag = renewed.consumerTag
    times.push(performance.now() - began)
  }
  return times
}
