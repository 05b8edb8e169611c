import { Buffer, isAscii, isUtf8 } from 'node:buffer'

/** Throws on bytes that are not UTF-8, which a lenient decoder would replace in silence. */
export function textOfUtf8(bytes: Uint8Array): string {
  const buffer = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  // Most bodies are ASCII, for which no decoding is needed.
  if (isAscii(buffer)) return buffer.toString('latin1')
  if (!isUtf8(buffer)) throw new TypeError('the bytes are not UTF-8 text')
  return buffer.toString('utf8')
}
