import { changedByCodec, type CheckBodies } from '../codec/round-trip.ts'
import type { Queue, Topic } from '../definition/definition.ts'
import { formatDuration, parseDuration, type Duration } from '../duration.ts'
import { MqError, problemsError, textOf, type Problem } from '../errors.ts'
import type { Runtime } from '../runtime.ts'
import type { Headers } from '../spi/messages.ts'
import { WIRE, WIRE_VERSION } from '../wire/names.ts'
import { causeHeaders } from '../wire/trace.ts'
import { wireHeadersOf } from '../wire/wire-headers.ts'
import { keyProblems, sendOptionProblems } from './check-options.ts'
import type { SendOptions } from './options.ts'
import { OutgoingMessage, type Ticket } from './outgoing-message.ts'

const CHECKED_FIRST = 100

/** Turns bodies into messages ready to go: validate, encode (which is the snapshot), measure, label. */
export class Preparation {
  readonly #runtime: Runtime
  readonly #to: Queue | Topic
  readonly #maxBody: number
  readonly #timeout: number
  /** The level of what names none; undefined where there are none. */
  readonly #level: string | undefined
  readonly #ttl: number | undefined
  /** Whether the broker may have to know a repeat when it sees one. */
  readonly #marksRepeats: boolean
  #checksLeft: number
  #stampedAt = -1
  #stamp = ''

  constructor(
    runtime: Runtime,
    to: Queue | Topic,
    maxBody: number,
    options: { readonly timeout: number; readonly checkBodies: CheckBodies },
  ) {
    this.#runtime = runtime
    this.#to = to
    this.#maxBody = maxBody
    this.#timeout = options.timeout
    const { priority, ttl, dedupe, ordering } = to.destination
    this.#level = priority?.default
    this.#ttl = ttl
    this.#marksRepeats = dedupe !== undefined || ordering !== undefined
    this.#checksLeft = options.checkBodies === 'always' ? Infinity : options.checkBodies === 'first' ? CHECKED_FIRST : 0
  }

  /** A send starts now: its messages carry this time. Returns the monotonic time at which it gives up. */
  begin(timeout: Duration | undefined): number {
    this.#stampNow()
    return (
      this.#runtime.clock.monotonic() +
      (timeout === undefined ? this.#timeout : (parseDuration(timeout) ?? this.#timeout))
    )
  }

  /** Throws MQ_INVALID or MQ_TOO_LARGE; then nothing was sent. `also`: a field of `options` that is no option. */
  message(
    body: unknown,
    options: SendOptions | undefined,
    ticket: Ticket,
    index: number,
    deadline: number,
    also?: string,
  ): OutgoingMessage {
    if (options !== undefined) {
      const problems = sendOptionProblems(options, this.#to, also)
      if (problems !== undefined) this.#refuse('The options are not allowed', problems)
    }
    const checked = this.#validate(body)
    const encoded = this.#encode(checked)
    const id = options?.id ?? this.#runtime.ids.next(this.#stampedAt)
    const key = options?.key ?? this.#keyOf(checked)
    const level = options?.priority ?? this.#level
    const notBefore = this.#notBefore(options)
    const headers = this.#headers(id, key, options)
    if (level !== undefined) headers[WIRE.level] = level
    if (notBefore > 0) headers[WIRE.dueAt] = String(notBefore)
    if (this.#ttl !== undefined) headers[WIRE.expiresAt] = String(this.#stampedAt + this.#ttl)
    const isBase = key === undefined && level === undefined && this.#ttl === undefined && isPlain(options)
    const size = encoded.length + (isBase ? BASE_BYTES + id.length : headerBytes(headers))
    const dedupeId = this.#marksRepeats ? (options?.dedupeId ?? id) : undefined
    return new OutgoingMessage(id, encoded, headers, key, level, notBefore, dedupeId, ticket, index, deadline, size)
  }

  /** Wall time before which it must not be delivered; 0: at once. Rounded up, so that it is never early. */
  #notBefore(options: SendOptions | undefined): number {
    const { delay, at } = options ?? {}
    if (delay === undefined && at === undefined) return 0
    const now = this.#runtime.clock.now()
    const due = at instanceof Date ? at.getTime() : now + (parseDuration(delay) ?? NaN)
    const max = this.#to.destination.delay?.max ?? 0
    // Not what cannot be compared either: a getter may say something else than when it was checked.
    if (!(due - now <= max))
      this.#refuse('The options are not allowed', [tooLate(at === undefined ? 'delay' : 'at', due - now, max)])
    if (due <= now) return 0
    // A clock that tells whole milliseconds only is behind by as much as it has not told.
    return Math.ceil(at === undefined ? due + (this.#runtime.clock.grain ?? 0) : due)
  }

  #validate(body: unknown): unknown {
    const { send } = this.#to.destination.check
    if (send === undefined) return body
    let checked: ReturnType<typeof send>
    try {
      checked = send(body)
    } catch (error) {
      throw new MqError('MQ_INVALID', `the schema of ${this.#name()} threw: ${textOf(error)}`, {
        cause: error,
        destination: this.#to.name,
      })
    }
    if (checked.problems !== undefined) this.#refuse('The body does not fit the schema', checked.problems)
    return (checked as { value: unknown }).value
  }

  #encode(body: unknown): Uint8Array {
    const { codec } = this.#to.destination
    let encoded: Uint8Array
    try {
      encoded = codec.encode(body)
    } catch (error) {
      throw new MqError(
        'MQ_INVALID',
        `the ${codec.kind} codec of ${this.#name()} cannot carry the body: ${textOf(error)}`,
        { cause: error, destination: this.#to.name },
      )
    }
    if (encoded.length > this.#maxBody) {
      throw new MqError(
        'MQ_TOO_LARGE',
        `the body for ${this.#name()} has ${encoded.length} bytes; ${this.#maxBody} are allowed (maxBody): send a reference to it instead`,
        {
          destination: this.#to.name,
        },
      )
    }
    if (this.#checksLeft > 0) this.#checkRoundTrip(body, encoded)
    return encoded
  }

  #checkRoundTrip(body: unknown, encoded: Uint8Array): void {
    this.#checksLeft--
    const { codec } = this.#to.destination
    const change = changedByCodec(codec, body, encoded)
    if (change === undefined) return
    throw new MqError(
      'MQ_INVALID',
      `the ${codec.kind} codec of ${this.#name()} would change the body: ${change}; convert it before sending, or use another codec`,
      {
        destination: this.#to.name,
      },
    )
  }

  #keyOf(body: unknown): string | undefined {
    const { ordering } = this.#to.destination
    if (ordering === undefined) return undefined
    const key = ordering.key(body as never)
    if (key !== undefined) this.#refuse('The key is not allowed', keyProblems('ordering.key', key))
    return key
  }

  #headers(id: string, key: string | undefined, options: SendOptions | undefined): Record<string, string> {
    const { contentType, contentEncoding } = this.#to.destination.codec
    const headers = baseHeaders(id, this.#stamp, contentType)
    if (contentEncoding !== undefined) headers[WIRE.contentEncoding] = contentEncoding
    if (key !== undefined) headers[WIRE.key] = key
    if (options !== undefined) addOptional(headers, options)
    return headers
  }

  /** One text per millisecond: formatting a number for each message would cost as much as encoding it. */
  #stampNow(): void {
    const now = Math.floor(this.#runtime.clock.now())
    if (now === this.#stampedAt) return
    this.#stampedAt = now
    this.#stamp = String(now)
  }

  #refuse(title: string, problems: readonly Problem[]): void {
    if (problems.length > 0) throw problemsError('MQ_INVALID', `${title} (${this.#name()}):`, problems)
  }

  #name(): string {
    return `${this.#to.kind} "${this.#to.name}"`
  }
}

/** Written out: with computed names every message would build its headers property by property. */
function baseHeaders(id: string, sentAt: string, contentType: string): Record<string, string> {
  return { 'anymq-v': WIRE_VERSION, 'anymq-id': id, 'anymq-sent-at': sentAt, 'content-type': contentType }
}

/** The headers that every message has, with room for a content type: adding them up for each message would cost time. */
const BASE_BYTES = 128

function isPlain(options: SendOptions | undefined): boolean {
  return (
    options === undefined ||
    (options.type === undefined &&
      options.causedBy === undefined &&
      options.headers === undefined &&
      options.delay === undefined &&
      options.at === undefined &&
      options.dedupeId === undefined)
  )
}

/** Names and values. Counting characters is enough: a value that is not ASCII is at most three times as long, and rare. */
function headerBytes(headers: Headers): number {
  let size = 0
  for (const name in headers) size += name.length + headers[name]!.length
  return size
}

function tooLate(path: string, wait: number, max: number): Problem {
  return {
    path,
    message: `is ${formatDuration(wait)} from now; the definition allows ${formatDuration(max)} (delay.max)`,
  }
}

function addOptional(headers: Record<string, string>, options: SendOptions): void {
  if (options.type !== undefined) headers[WIRE.type] = options.type
  if (options.dedupeId !== undefined) headers[WIRE.dedupeId] = options.dedupeId
  if (options.causedBy !== undefined)
    Object.assign(headers, causeHeaders({ id: options.causedBy.id, wire: wireHeadersOf(options.causedBy) }))
  if (options.headers !== undefined) Object.assign(headers, options.headers)
}
