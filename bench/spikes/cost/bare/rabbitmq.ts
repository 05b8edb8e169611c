import { connect, type ConfirmChannel } from 'amqplib'
import { BODY, countdown, freshName, WINDOW, type Way } from '../load.ts'

/** amqplib as its documentation uses it: confirms, a prefetch, an acknowledgement for each message. */
export function bareRabbitmq(url: string): Way {
  return {
    name: 'amqplib',
    send: (count) => ({
      name: 'amqplib',
      prepare: async () => {
        const { channel, queue, end } = await open(url)
        return { run: () => publish(channel, queue, count), end }
      },
    }),
    consume: (count) => ({
      name: 'amqplib',
      prepare: async () => {
        const { channel, queue, end } = await open(url)
        await publish(channel, queue, count)
        return { run: () => take(channel, queue, count), end }
      },
    }),
  }
}

async function open(url: string) {
  const connection = await connect(url, { noDelay: true })
  const channel = await connection.createConfirmChannel()
  const queue = freshName()
  await channel.assertQueue(queue, { arguments: { 'x-queue-type': 'quorum', 'x-delivery-limit': 1000 } })
  const end = async (): Promise<void> => {
    await channel.deleteQueue(queue)
    await connection.close()
  }
  return { channel, queue, end }
}

async function publish(channel: ConfirmChannel, queue: string, count: number): Promise<void> {
  for (let sent = 0; sent < count; sent += 1000) {
    for (let i = sent; i < Math.min(count, sent + 1000); i++)
      channel.sendToQueue(queue, BODY, { persistent: true, mandatory: true, messageId: `m-${i}` })
    await channel.waitForConfirms()
  }
}

async function take(channel: ConfirmChannel, queue: string, count: number): Promise<void> {
  const left = countdown(count)
  await channel.prefetch(WINDOW)
  await channel.consume(queue, (message) => {
    if (message === null) return
    channel.ack(message)
    left.tick()
  })
  await left.done
}
