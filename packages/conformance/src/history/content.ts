import { createHash } from 'node:crypto'
import type { Content } from './facts.ts'

const LONGEST = 200

/** A body as text that two processes agree on: bytes as hex, everything else as JSON; what is long by its hash. */
export function bodyText(body: unknown): string {
  const text = body instanceof Uint8Array ? hex(body) : (JSON.stringify(body) ?? 'undefined')
  return text.length <= LONGEST ? text : `sha256 ${createHash('sha256').update(text).digest('hex')} of ${text.length}`
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex')
}

interface Described {
  readonly id: string
  readonly headers: Readonly<Record<string, string>>
  readonly key: string | undefined
  readonly priority: string | undefined
  readonly type: string | undefined
}

/** What a message says of itself, in the words of the history. */
export function contentOf({ id, headers, key, priority, type }: Described, body: unknown): Content {
  return { id, body: bodyText(body), headers: { ...headers }, key, level: priority, type }
}
