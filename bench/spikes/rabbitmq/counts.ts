// What does each end of a delivery do to the counts that the next delivery tells?
import type { TestBroker } from '@anymq/test-brokers'
import { closed, connected, fill, lab, quiet, quorumQueue, taker, wait, type Taker } from './lab.ts'
import type { ChannelModel } from 'amqplib'

/** What is done to three deliveries that one consumer holds; the next takes them over afterwards. */
type End = (held: Taker, model: ChannelModel, broker: TestBroker) => unknown

const ENDS: Readonly<Record<string, End>> = {
  'nack (requeue)': async ({ channel, got, consumerTag }) => {
    await channel.cancel(consumerTag)
    for (const message of got) channel.nack(message, false, true)
  },
  'nack (requeue), multiple': async ({ channel, consumerTag }) => {
    await channel.cancel(consumerTag)
    channel.nackAll(true)
  },
  recover: async ({ channel, consumerTag }) => {
    await channel.cancel(consumerTag)
    await channel.recover()
  },
  'reject (requeue)': async ({ channel, got, consumerTag }) => {
    await channel.cancel(consumerTag)
    for (const message of got) channel.reject(message, true)
  },
  'cancel, then close the channel': async ({ channel, consumerTag }) => {
    await channel.cancel(consumerTag)
    await channel.close()
  },
  'close the channel': ({ channel }) => channel.close(),
  'nackAll, then close the channel': async ({ channel }) => {
    channel.nackAll(true)
    await channel.close()
  },
  'cancel, nackAll, close': async ({ channel, consumerTag }) => {
    await channel.cancel(consumerTag)
    channel.nackAll(true)
    await channel.close()
  },
  'channel error (unknown tag)': async ({ channel, got }) => {
    channel.ack({ ...got[0]!, fields: { ...got[0]!.fields, deliveryTag: 4711 } })
    await wait(200)
  },
  'close the connection': (_, model) => model.close(),
  'cut the connection': (_, model) => socketOf(model).destroy(),
  'broker restarted': async (_held, _model, broker) => {
    await wait(2500)
    await broker.controls!.restart()
  },
  'broker killed (-9)': async (_held, _model, broker) => {
    await wait(2500)
    await broker.controls!.kill()
    await broker.controls!.start()
  },
}

await lab('Counts of deliveries', async (broker) => {
  console.log('x-delivery-count / x-acquired-count of the second and the third delivery, R: redelivered')
  for (const [name, end] of Object.entries(ENDS))
    console.log(`${name.padEnd(36)}${(await twice(broker, end)).join('    ')}`)
  await limit(broker)
})

/** The counts after one such end and after two. */
async function twice(broker: TestBroker, end: End): Promise<string[]> {
  const first = await connected(broker.url)
  const queue = await quorumQueue(first)
  await fill(first, queue, 1, 3)
  await closed(first)
  const seen: string[] = []
  for (let time = 0; time < 3; time++) {
    const model = await connected(broker.url)
    const held = await taker(model, queue, 10)
    await held.until(3)
    if (time > 0) seen.push(countsOf(held))
    await end(held, model, broker)
    await quiet(held.got, 50)
    await closed(model)
  }
  return seen
}

function countsOf({ got }: Taker): string {
  const counts = got.slice(0, 3).map(({ properties, fields }) => {
    const { 'x-delivery-count': delivered = '-', 'x-acquired-count': acquired = '-' } = properties.headers ?? {}
    return `${delivered}/${acquired}${fields.redelivered ? 'R' : ''}`
  })
  return [...new Set(counts)].join(' ')
}

/** A limit of 3 and a consumer that never acknowledges: after how many deliveries is it dead? */
async function limit(broker: TestBroker): Promise<void> {
  for (const way of ['nack', 'reject', 'close'] as const) {
    const model = await connected(broker.url)
    const queue = await quorumQueue(model, { 'x-delivery-limit': 3 })
    await fill(model, queue, 1, 1)
    let deliveries = 0
    for (; deliveries < 50; deliveries++) {
      const held = await taker(model, queue, 1)
      await quiet(held.got, 20)
      if (held.got.length === 0) break
      await held.channel.cancel(held.consumerTag)
      if (way === 'nack') held.channel.nack(held.got[0]!, false, true)
      if (way === 'reject') held.channel.reject(held.got[0]!, true)
      await held.channel.close()
      await wait(10)
    }
    console.log(
      `x-delivery-limit 3, ended by ${way}: ${deliveries === 50 ? 'alive after 50' : `dead after ${deliveries}`} deliveries`,
    )
    await model.close()
  }
}

/** amqplib's own socket: to end a connection as a dead process does. */
function socketOf(model: ChannelModel): { destroy(): void } {
  return (model.connection as unknown as { readonly stream: { destroy(): void } }).stream
}
