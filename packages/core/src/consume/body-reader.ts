import type { Codec } from '../codec/codec.ts'
import { bytes } from '../codec/bytes.ts'
import { gzip, isGzip, looksPacked } from '../codec/gzip.ts'
import { json } from '../codec/json.ts'
import { text } from '../codec/text.ts'
import type { ResolvedDestination } from '../definition/definition.ts'
import { MqError, problemsError, textOf } from '../errors.ts'
import type { Incoming } from '../spi/messages.ts'
import { WIRE } from '../wire/names.ts'

/** Why there is no body. A class, so that a good body needs no wrapper. */
export class Unreadable {
  readonly reason: 'invalid' | 'undecodable'
  readonly error: MqError

  constructor(reason: 'invalid' | 'undecodable', error: MqError) {
    this.reason = reason
    this.error = error
  }
}

const BUILT_IN: readonly Codec[] = [json, text, bytes]

/**
 * Decodes and validates. A message's content type and encoding select the codec; a message without a content type gets the
 * definition's. Packed bodies are read everywhere, within the definition's own limit if it has one.
 */
export class BodyReader {
  readonly #destination: ResolvedDestination
  /** The definition's codec for bodies that are not packed. */
  readonly #plain: Codec
  /** By media type and encoding. */
  readonly #codecs = new Map<string, Codec>()

  constructor(destination: ResolvedDestination) {
    const { codec } = destination
    this.#destination = destination
    this.#plain = isGzip(codec) ? codec.inner : codec
    for (const plain of new Set([...BUILT_IN, this.#plain])) {
      this.#add(plain)
      if (plain.contentEncoding === undefined) this.#add(gzip(plain, isGzip(codec) ? { limit: codec.limit } : {}))
    }
    this.#add(codec)
  }

  #add(codec: Codec): void {
    this.#codecs.set(`${mediaType(codec.contentType)} ${token(codec.contentEncoding ?? '')}`, codec)
  }

  /** The body, or an `Unreadable`. */
  read(incoming: Incoming<unknown>): unknown {
    const codec = this.#codecFor(incoming)
    if (typeof codec === 'string') return undecodable(codec)
    if (incoming.body === null) return undecodable('it has no body (a tombstone)')
    let body: unknown
    try {
      body = codec.decode(incoming.body)
    } catch (error) {
      return undecodable(`the ${codec.kind} codec: ${textOf(error)}`, error)
    }
    const { receive } = this.#destination.check
    return receive === undefined ? body : validated(receive, body)
  }

  #codecFor({ headers, body }: Incoming<unknown>): Codec | string {
    const encoding = headers[WIRE.contentEncoding]
    const contentType = headers[WIRE.contentType]
    const { codec } = this.#destination
    if (contentType === codec.contentType && encoding === codec.contentEncoding) return codec
    if (contentType === undefined && encoding === undefined) return this.#unlabelled(body)
    const packing = encoding === undefined || token(encoding) === 'identity' ? '' : token(encoding)
    const type = mediaType(contentType ?? this.#plain.contentType)
    const found = this.#codecs.get(`${type} ${packing}`)
    if (found !== undefined) return found
    return this.#codecs.has(`${type} `)
      ? `its content-encoding "${encoding}" is not known here`
      : `its content-type "${contentType}" is not known here`
  }

  /** Who sends without headers to a destination whose bodies are packed may pack them or not. */
  #unlabelled(body: Uint8Array | null): Codec {
    const { codec } = this.#destination
    return isGzip(codec) && body !== null && !looksPacked(body) ? codec.inner : codec
  }
}

function validated(receive: NonNullable<ResolvedDestination['check']['receive']>, body: unknown): unknown {
  try {
    const checked = receive(body)
    if (checked.problems === undefined) return checked.value
    return new Unreadable('invalid', problemsError('MQ_INVALID', 'the body does not fit the schema:', checked.problems))
  } catch (error) {
    return new Unreadable('invalid', new MqError('MQ_INVALID', `the schema threw: ${textOf(error)}`, { cause: error }))
  }
}

function undecodable(why: string, cause?: unknown): Unreadable {
  return new Unreadable('undecodable', new MqError('MQ_DECODE', `the body cannot be decoded: ${why}`, { cause }))
}

function mediaType(contentType: string): string {
  return token(contentType.split(';', 1)[0]!)
}

function token(value: string): string {
  return value.trim().toLowerCase()
}
