import { Buffer } from 'node:buffer'
import { Ring } from '@anymq/core/driver'
import type { Contender } from '../measure/rounds.ts'
import { bodyOf, CODECS, weigh, type Work } from './work.ts'

interface Envelope {
  readonly id: string
  readonly body: Uint8Array
  readonly headers: Readonly<Record<string, string>>
}

/**
 * The floor: a bare ring buffer with the same codec work, the same bodies and an envelope of the same fields, and nothing of
 * a queue: no ids that are unique, no leases, no acknowledgement, no promise.
 */
export function ringContender(work: Work): Contender {
  return { name: 'bare ring', prepare: async () => ({ run: async () => run(work), end: async () => undefined }) }
}

function run(work: Work): void {
  const codec = CODECS[work.codec]
  const body = bodyOf(work.codec)
  const ring = new Ring<Envelope>()
  let sum = 0
  let id = 0
  for (let left = work.messages; left > 0; left -= work.backlog) {
    const size = Math.min(left, work.backlog)
    for (let i = 0; i < size; i++) ring.push(envelope(`m-${id++}`, codec.encode(body), codec.contentType))
    for (let next = ring.shift(); next !== undefined; next = ring.shift()) {
      // A network hands out bytes of its own; so does every broker here.
      sum += weigh(codec.decode(copyOf(next.body)))
    }
  }
  if (sum === 0) throw new Error('nothing was handled')
}

function envelope(id: string, body: Uint8Array, contentType: string): Envelope {
  return {
    id,
    body,
    headers: { 'anymq-v': '1', 'anymq-id': id, 'anymq-sent-at': '1767225600000', 'content-type': contentType },
  }
}

function copyOf(body: Uint8Array): Uint8Array {
  const copy = Buffer.allocUnsafe(body.length)
  copy.set(body)
  return copy
}
