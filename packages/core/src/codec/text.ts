import { Buffer } from 'node:buffer'
import type { Codec } from './codec.ts'
import { textOfUtf8 } from './utf8.ts'

/** Strings as UTF-8. */
export const text: Codec<'text'> = Object.freeze({
  kind: 'text',
  contentType: 'text/plain; charset=utf-8',
  encode(body: unknown): Uint8Array {
    if (typeof body !== 'string')
      throw new TypeError(`the text codec carries strings, not ${body === null ? 'null' : typeof body}`)
    if (!body.isWellFormed())
      throw new TypeError(
        'the text has a lone surrogate, which UTF-8 cannot carry; use toWellFormed() or the bytes codec',
      )
    return Buffer.from(body)
  },
  decode(bytes: Uint8Array): unknown {
    return textOfUtf8(bytes)
  },
})
