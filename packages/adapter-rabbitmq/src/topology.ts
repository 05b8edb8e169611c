import type { Channel, ChannelModel } from 'amqplib'
import { MqError, type EnsureMode, type Target } from '@anymq/core/driver'

/** Constant, far above every policy, because it can never be changed: a net for messages that kill their process. */
const DELIVERY_LIMIT = 1000
/** On 3.10 -1 means dead after one delivery; this is as good as none on every version. */
const NO_LIMIT = 2_147_483_647

/** Where a message for a target is published to. */
export function routeTo(target: Target, type: string | undefined): { exchange: string; key: string } {
  if (target.kind === 'topic') return { exchange: target.address, key: type ?? '' }
  // The default exchange: straight into the queue, also what reaches one group alone.
  return { exchange: '', key: target.address }
}

/** Declare the entity, or look whether it is there. Idempotent, also when processes race. */
export async function ensure(model: ChannelModel, target: Target, mode: EnsureMode): Promise<void> {
  await onChannel(model, target, async (channel) => {
    if (target.kind === 'topic') await exchange(channel, target.address, mode)
    else await queueFor(channel, target, mode)
  })
}

async function exchange(channel: Channel, address: string, mode: EnsureMode): Promise<void> {
  if (mode !== 'verify') await channel.assertExchange(address, 'topic', { durable: true })
  else await channel.checkExchange(address)
}

async function queueFor(channel: Channel, target: Target, mode: EnsureMode): Promise<void> {
  const { address, kind, of } = target
  if (mode === 'verify') return void (await channel.checkQueue(address))
  await channel.assertQueue(address, { durable: true, arguments: argumentsOf(target) })
  if (kind === 'group' && of !== undefined) await channel.bindQueue(address, of, '#')
}

/** Without a limit 3.10 gives back to the tail; with at-least-once a dead letter is confirmed before it leaves. */
function argumentsOf({ dead }: Target): Record<string, unknown> {
  const quorum = { 'x-queue-type': 'quorum' }
  if (dead === undefined) return { ...quorum, 'x-delivery-limit': NO_LIMIT }
  return {
    ...quorum,
    'x-delivery-limit': DELIVERY_LIMIT,
    'x-dead-letter-exchange': '',
    'x-dead-letter-routing-key': dead,
    'x-dead-letter-strategy': 'at-least-once',
    'x-overflow': 'reject-publish',
  }
}

/** A refused declaration closes its channel: each gets one of its own. */
export async function onChannel<T>(
  model: ChannelModel,
  target: Target | undefined,
  use: (channel: Channel) => Promise<T>,
): Promise<T> {
  const channel = await model.createChannel()
  // Without a listener amqplib turns the error of a channel into the loss of the connection.
  channel.on('error', ignore)
  try {
    const result = await use(channel)
    await channel.close()
    return result
  } catch (error) {
    throw (target && mismatch(error, target)) ?? error
  }
}

/** "inequivalent arg 'x-delivery-limit' for queue 'q' in vhost '/': received '5' but current is '1000'" */
function mismatch(error: unknown, { name, address }: Target): MqError | undefined {
  const text = error instanceof Error ? error.message : ''
  const found = /inequivalent arg '([^']+)'.*received (.+) but current is (.+?)"?$/.exec(text)
  if (found === null) return undefined
  const [, property, expected, current] = found
  const message = `"${name}" exists as ${address} with another ${property}: expected ${expected}, found ${current}`
  return new MqError('MQ_MISMATCH', message, { adapter: 'rabbitmq', destination: name, cause: error })
}

function ignore(): void {
  // The call that caused it rejects.
}
