import type { Codec } from '../codec/codec.ts'
import { bytes } from '../codec/bytes.ts'
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

/** Decodes and validates. A message's content type selects the codec; a message without one gets the definition's. */
export class BodyReader {
  readonly #destination: ResolvedDestination
  readonly #codecs = new Map<string, Codec>()

  constructor(destination: ResolvedDestination) {
    this.#destination = destination
    for (const codec of [...BUILT_IN, destination.codec]) this.#codecs.set(mediaType(codec.contentType), codec)
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

  #codecFor({ headers }: Incoming<unknown>): Codec | string {
    const encoding = headers[WIRE.contentEncoding]
    if (encoding !== undefined && encoding !== 'identity') return `its content-encoding "${encoding}" is not known here`
    const contentType = headers[WIRE.contentType]
    const { codec } = this.#destination
    if (contentType === undefined || contentType === codec.contentType) return codec
    return (
      this.#codecs.get(contentType) ??
      this.#codecs.get(mediaType(contentType)) ??
      `its content-type "${contentType}" is not known here`
    )
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
  return contentType.split(';', 1)[0]!.trim().toLowerCase()
}
