import process from 'node:process'
import type * as Zlib from 'node:zlib'
import { whole } from '../options/rules.ts'
import { refuseProblems } from '../options/refuse.ts'
import { shape } from '../options/shape.ts'
import { isCodec, type Codec } from './codec.ts'

const DEFAULT_LIMIT = 16 * 1024 * 1024
const HIGHEST_LIMIT = 1024 * 1024 * 1024

export interface GzipOptions {
  /** Most bytes that a body may have unpacked; more is refused before it is in memory. Default 16,777,216 (16 MiB). */
  readonly limit?: number
}

/** A codec whose bytes travel packed. */
export interface GzipCodec<Kind extends string = string> extends Codec<Kind> {
  readonly contentEncoding: 'gzip'
  /** What is packed. */
  readonly inner: Codec<Kind>
  /** Bytes. */
  readonly limit: number
}

/** Loaded with the first packed body: most programs have none, and pay for it when they start. */
const zlib = (): typeof Zlib => process.getBuiltinModule('node:zlib')

const options = shape({ limit: whole(1, HIGHEST_LIMIT) })

/**
 * The bodies of a codec, packed with gzip: `codec: gzip(json)`. Travels with the content type of the codec and
 * `content-encoding: gzip`, so any consumer of this library reads it, and one that expects it packed reads plain bodies too.
 * `maxBody` counts the packed bytes.
 *
 * @throws MQ_CONFIG for what is no codec, a codec that packs already, and bad options
 */
export function gzip<Kind extends string>(codec: Codec<Kind>, given: GzipOptions = {}): GzipCodec<Kind> {
  const problems = options.problems(given, 'options')
  if (!isCodec(codec)) problems.unshift({ path: 'codec', message: 'is no codec; give json, text, bytes or your own' })
  else if (codec.contentEncoding !== undefined)
    problems.unshift({ path: 'codec', message: `packs already (${codec.contentEncoding}); give the codec within` })
  refuseProblems('MQ_CONFIG', 'The gzip codec cannot be made:', problems)
  const limit = given.limit ?? DEFAULT_LIMIT
  return Object.freeze({
    kind: codec.kind,
    contentType: codec.contentType,
    contentEncoding: 'gzip',
    inner: codec,
    limit,
    encode: (body: unknown): Uint8Array => packed(codec.encode(body), limit),
    decode: (bytes: Uint8Array): unknown => codec.decode(unpacked(bytes, limit)),
  })
}

/** True for what `gzip()` returned. */
export function isGzip(codec: Codec): codec is GzipCodec {
  return codec.contentEncoding === 'gzip' && isCodec((codec as Partial<GzipCodec>).inner)
}

/** Whether bytes begin as gzip does. */
export function looksPacked(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b
}

/** What could not be unpacked again must not be sent. */
function packed(bytes: Uint8Array, limit: number): Uint8Array {
  if (bytes.length > limit)
    throw new RangeError(`the body has ${bytes.length} bytes before packing; ${limit} are allowed (limit of gzip)`)
  return zlib().gzipSync(bytes)
}

/** Unpacks piece by piece and stops at the limit: a bomb is never in memory. */
function unpacked(bytes: Uint8Array, limit: number): Uint8Array {
  try {
    return zlib().gunzipSync(bytes, { maxOutputLength: limit })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_BUFFER_TOO_LARGE') throw error
    throw new RangeError(`gzip: it unpacks to more than ${limit} bytes`, { cause: error })
  }
}
