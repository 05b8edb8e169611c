import { Buffer } from 'node:buffer'
import type { Codec } from './codec.ts'

/** Bytes as they are. The body a handler gets is a view of the broker client's buffer: copy what must outlive the handler. */
export const bytes: Codec<'bytes'> = Object.freeze({
  kind: 'bytes',
  contentType: 'application/octet-stream',
  encode(body: unknown): Uint8Array {
    if (!(body instanceof Uint8Array))
      throw new TypeError(`the bytes codec carries a Uint8Array, not ${body === null ? 'null' : typeof body}`)
    const copy = Buffer.allocUnsafe(body.length)
    copy.set(body)
    return copy
  },
  decode(encoded: Uint8Array): unknown {
    return encoded
  },
})
