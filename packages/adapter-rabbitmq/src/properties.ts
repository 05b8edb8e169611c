import { Buffer } from 'node:buffer'
import type { ConsumeMessage, Options } from 'amqplib'
import type { Headers, Outgoing } from '@anymq/core/driver'

/** Wire headers that have a native property: they travel as that, so that any AMQP client finds them where it looks. */
const PROPERTIES = {
  'anymq-id': 'messageId',
  'anymq-type': 'type',
  'anymq-correlation-id': 'correlationId',
  'content-type': 'contentType',
  'content-encoding': 'contentEncoding',
} as const

/** Written by the broker about a delivery; not part of the message. */
const BROKERS_OWN = /^x-(delivery-count|acquired-count|death|(first|last)-death-.+|opt-.+)$/

const NAMES = Object.entries(PROPERTIES)

/** The headers as properties and a table of strings. */
export function publishOptions({ headers }: Outgoing): Options.Publish {
  const table: Record<string, string> = {}
  const properties: Record<string, string> = {}
  for (const name in headers) {
    if (Object.hasOwn(PROPERTIES, name)) properties[PROPERTIES[name as keyof typeof PROPERTIES]] = headers[name]!
    else table[name] = headers[name]!
  }
  const options = { ...properties, headers: table, persistent: true, mandatory: true }
  const sentAt = Number(headers['anymq-sent-at'])
  // A timestamp has seconds; the exact time stays in its header.
  return Number.isNaN(sentAt) ? options : { ...options, timestamp: Math.floor(sentAt / 1000) }
}

/** The way back. What a foreign producer put into its table becomes text. */
export function headersOf({ properties }: ConsumeMessage): Headers {
  const headers: Record<string, string> = {}
  const table: Readonly<Record<string, unknown>> = properties.headers ?? {}
  for (const name in table) {
    if (!BROKERS_OWN.test(name)) headers[name.toLowerCase()] = textOf(table[name])
  }
  for (const [name, property] of NAMES) {
    const value: unknown = properties[property]
    if (typeof value === 'string') headers[name] = value
  }
  return headers
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value
  if (Buffer.isBuffer(value)) return value.toString('utf8')
  return JSON.stringify(value) ?? ''
}
