import { Buffer } from 'node:buffer'
import type { Codec } from './codec.ts'
import { textOfUtf8 } from './utf8.ts'

/** The default codec: JSON text in UTF-8. A body that JSON would change does not compile with it. */
export const json: Codec<'json'> = Object.freeze({
  kind: 'json',
  contentType: 'application/json',
  encode(body: unknown): Uint8Array {
    const text = JSON.stringify(body) as string | undefined
    if (text === undefined) throw new TypeError(`JSON cannot carry ${typeof body} as a body; use null or an object`)
    return Buffer.from(text)
  },
  decode(bytes: Uint8Array): unknown {
    return JSON.parse(textOfUtf8(bytes))
  },
})
