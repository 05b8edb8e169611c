import type { ConsumeMessage } from 'amqplib'
import type { IdSource, Incoming } from '@anymq/core/driver'
import { headersOf } from './properties.ts'
import type { Receipt } from './feed.ts'

/** @param ids names what came without a name */
export function incomingOf(message: ConsumeMessage, receipt: Receipt, ids: IdSource): Incoming<Receipt> {
  const { properties, fields } = message
  const given: unknown = properties.messageId
  const headers = headersOf(message)
  return {
    receipt,
    id: typeof given === 'string' && given !== '' ? given : ids.next(),
    idSource: typeof given === 'string' && given !== '' ? 'producer' : 'delivery',
    body: message.content,
    headers,
    key: headers['anymq-key'],
    level: headers['anymq-level'],
    attempt: 0,
    note: '',
    deliveries: deliveriesOf(properties.headers ?? {}, fields.redelivered),
    sentAt: typeof properties.timestamp === 'number' ? properties.timestamp * 1000 : 0,
    brokerTime: 0,
    leaseUntil: 0,
    native: message,
  }
}

/**
 * The header counts from the second delivery on. Where acquisitions are counted apart (4.3), none means that it was only
 * given back; a queue that counts nothing still tells a second delivery.
 */
function deliveriesOf(headers: Readonly<Record<string, unknown>>, redelivered: boolean): number {
  const { 'x-delivery-count': count, 'x-acquired-count': acquired } = headers
  if (typeof count === 'number') return count + 1
  return redelivered && acquired === undefined ? 2 : 1
}
