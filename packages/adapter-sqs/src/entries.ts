import type { Message, MessageAttributeValue, SendMessageBatchRequestEntry } from '@aws-sdk/client-sqs'
import type { Headers, Incoming, Outgoing } from '@anymq/core/driver'
import { bodyBytes, bodyText } from './body.ts'
import type { Receipt } from './receipts.ts'

/** All headers in one attribute, because a message has ten at most; the trace stands by itself, where others look for it. */
const HEADERS = 'anymq-headers'
const FORM = 'anymq-body'
const TRACE = 'traceparent'

/** @param index names the entry within its batch */
export function entryOf({ body, headers }: Outgoing, index: number): SendMessageBatchRequestEntry {
  const { text, form } = bodyText(body)
  const { [TRACE]: trace, ...others } = headers
  return {
    Id: String(index),
    MessageBody: text,
    MessageAttributes: {
      [HEADERS]: stringValue(JSON.stringify(others)),
      ...(form === 'text' ? {} : { [FORM]: stringValue(form) }),
      ...(trace === undefined ? {} : { [TRACE]: stringValue(trace) }),
    },
  }
}

/** @param leaseUntil monotonic time */
export function incomingOf(message: Message, leaseUntil: number): Incoming<Receipt> {
  const { MessageAttributes: own = {}, Attributes: system = {}, Body = '', MessageId = '' } = message
  const headers = headersOf(own)
  const id = headers['anymq-id']
  return {
    receipt: { handle: message.ReceiptHandle ?? '', leaseUntil },
    id: id ?? MessageId,
    idSource: id === undefined ? 'broker' : 'producer',
    body: bodyBytes(Body, own[FORM]?.StringValue ?? 'text'),
    headers,
    key: headers['anymq-key'],
    level: headers['anymq-level'],
    attempt: 0,
    note: '',
    deliveries: Number(system.ApproximateReceiveCount ?? 0),
    sentAt: Number(system.SentTimestamp ?? 0),
    brokerTime: 0,
    leaseUntil,
    native: message,
  }
}

/** A stranger's string attributes are headers; what is in our own is unpacked. */
function headersOf(attributes: Readonly<Record<string, MessageAttributeValue>>): Headers {
  const headers: Record<string, string> = {}
  for (const [name, { StringValue }] of Object.entries(attributes)) {
    if (StringValue === undefined || name === FORM) continue
    if (name === HEADERS) Object.assign(headers, unpacked(StringValue))
    else headers[name.toLowerCase()] = StringValue
  }
  return headers
}

/** A stranger may have written it: what is not a map of strings is no header, and must not keep its neighbours from being read. */
function unpacked(text: string): Headers {
  try {
    const entries = Object.entries(JSON.parse(text) as Record<string, unknown>)
    return Object.fromEntries(entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string'))
  } catch {
    return {}
  }
}

function stringValue(text: string): MessageAttributeValue {
  return { DataType: 'String', StringValue: text }
}
