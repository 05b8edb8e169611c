import type { Headers, Incoming } from '@anymq/core/driver'
import type { KafkaMessage } from 'kafkajs'
import type { Receipt } from './partition.ts'

/** One record as a delivery. The id is the sender's; a foreign record is known by its place in the log. */
export function incomingOf(receipt: Receipt): Incoming<Receipt> {
  const { message, partition } = receipt
  const headers = headersOf(message)
  const id = headers['anymq-id']
  return {
    receipt,
    id: id ?? `${partition.topic}-${partition.id}-${message.offset}`,
    idSource: id === undefined ? 'broker' : 'producer',
    body: message.value,
    headers,
    key: message.key?.toString(),
    level: undefined,
    attempt: 0,
    note: '',
    deliveries: 0,
    sentAt: Number(message.timestamp),
    brokerTime: 0,
    leaseUntil: 0,
    native: message,
  }
}

/** Kafka allows a name more than once: the last one counts. */
function headersOf({ headers = {} }: KafkaMessage): Headers {
  const texts: Record<string, string> = {}
  for (const name in headers) {
    const value = headers[name]
    const last = Array.isArray(value) ? value.at(-1) : value
    if (last !== undefined) texts[name.toLowerCase()] = last.toString()
  }
  return texts
}
