// How long until the count of a quorum queue tells what has happened to its messages?
import type { Channel, ChannelModel } from 'amqplib'
import { closed, connected, eventually, fill, lab, quorumQueue, taker } from './lab.ts'
import { percentiles } from '../shared/percentiles.ts'

const MESSAGES = 200
const ROUNDS = 100

await lab('Lag of the count of a quorum queue', async ({ url }) => {
  const model = await connected(url)
  const queue = await quorumQueue(model)
  await fill(model, queue, 1, MESSAGES)
  const waits: Record<string, number[]> = { delivered: [], 'given back': [], 'given back, looks': [] }
  for (let round = 0; round < ROUNDS; round++) await once(model, queue, waits)
  for (const name of ['delivered', 'given back'])
    console.log(`${MESSAGES} messages ${name}: counted after ${percentiles(waits[name]!)}`)
  console.log(`  round trips until then: at most ${Math.max(...waits['given back, looks']!)}`)
  await closed(model)
})

async function once(model: ChannelModel, queue: string, waits: Record<string, number[]>): Promise<void> {
  const { channel, consumerTag, until } = await taker(model, queue, MESSAGES)
  await until(MESSAGES)
  waits['delivered']!.push((await counted(channel, queue, 0)).ms)
  await channel.cancel(consumerTag)
  channel.nackAll(true)
  const { ms, looks } = await counted(channel, queue, MESSAGES)
  waits['given back']!.push(ms)
  waits['given back, looks']!.push(looks)
  await channel.close()
}

async function counted(channel: Channel, queue: string, expected: number): Promise<{ ms: number; looks: number }> {
  const start = performance.now()
  let looks = 0
  await eventually(async () => {
    looks++
    return (await channel.checkQueue(queue)).messageCount === expected
  }, `count of ${expected}`)
  return { ms: performance.now() - start, looks }
}
