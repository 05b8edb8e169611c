import { changedByCodec } from '../codec/round-trip.ts'
import { BodyReader } from '../consume/body-reader.ts'
import { refuse } from '../consume/check-options.ts'
import { destinationOf, displayName, type Source } from '../definition/definition.ts'
import { MqError, problemsError, toMqError } from '../errors.ts'
import { redrivenOf } from '../policy/dead-letter.ts'
import type { Runtime } from '../runtime.ts'
import type { Driver } from '../spi/driver.ts'
import type { BatchResult, Incoming, Outgoing, Settlement } from '../spi/messages.ts'
import type { Target } from '../spi/target.ts'
import { WIRE } from '../wire/names.ts'
import { numberOf } from '../wire/read.ts'
import { errorOf } from '../failure-error.ts'
import type { Supervisor } from '../supervisor.ts'
import { withHeld, type Held } from './browse.ts'
import { peekProblems, redriveProblems } from './check-options.ts'
import { deadMessageOf } from './dead-message.ts'
import { restedStats } from './rested-stats.ts'
import { total } from './total.ts'
import type { DeadLetters, DeadMessage, RedriveOptions, RedriveResult } from './types.ts'

const DEFAULT_PEEK = 20
/** A redrive looks at no more than this. */
const SCAN = 10_000
const MOVE_BATCH = 100

/** The dead-letter queue of one source: an ordinary queue that is looked at and emptied. */
export class DeadLetterQueue implements DeadLetters<unknown, unknown> {
  readonly #runtime: Runtime
  readonly #supervisor: Supervisor
  readonly #source: Source
  readonly #name: string
  readonly #dead: Target
  readonly #inbox: Target
  readonly #reader: BodyReader

  constructor(
    runtime: Runtime,
    supervisor: Supervisor,
    source: Source,
    targets: { readonly dead: Target; readonly inbox: Target },
  ) {
    this.#runtime = runtime
    this.#supervisor = supervisor
    this.#source = source
    this.#name = displayName(source)
    this.#dead = targets.dead
    this.#inbox = targets.inbox
    this.#reader = new BodyReader(destinationOf(source))
  }

  async peek(options: { readonly max?: number } = {}): Promise<DeadMessage<unknown>[]> {
    refuse(`peek at the dead letters of "${this.#name}"`, peekProblems(options))
    return this.#withHeld(options.max ?? DEFAULT_PEEK, true, async ({ messages }) =>
      messages.map((incoming) => deadMessageOf(incoming, this.#reader)),
    )
  }

  async count(): Promise<number> {
    return this.#inOurWords(async (driver) => total(await driver.stats(this.#dead)) ?? 0)
  }

  async redrive(options: RedriveOptions<unknown, unknown> = {}): Promise<RedriveResult> {
    refuse(`redrive the dead letters of "${this.#name}"`, redriveProblems(options))
    const start = this.#runtime.clock.now()
    const before = await this.#inOurWords((driver) => restedStats(driver, this.#dead, this.#runtime.clock))
    return this.#withHeld(SCAN, false, async (held) => {
      // Where somebody else holds a counted one, a newer one may have come in its place; it goes back unseen.
      const messages = held.messages.filter(({ headers }) => (numberOf(headers[WIRE.failedLastAt]) ?? 0) <= start)
      const { moves, failed } = this.#plan(messages, options)
      const refused = await this.#move(held, moves)
      const moved = moves.length - refused.length
      return {
        moved,
        kept: messages.length - moved,
        complete: messages.length >= (total(before) ?? 0),
        failed: [...failed, ...refused],
      }
    })
  }

  async discard(): Promise<number> {
    throw new MqError('MQ_UNSUPPORTED', 'discard is not built in this version')
  }

  async purge(): Promise<void> {
    throw new MqError('MQ_UNSUPPORTED', 'purge is not built in this version')
  }

  #withHeld<T>(max: number, browse: boolean, use: (held: Held) => Promise<T>): Promise<T> {
    return this.#inOurWords(() => withHeld(this.#runtime, this.#supervisor, { target: this.#dead, max, browse }, use))
  }

  /** What the broker's client throws becomes an error of the library. */
  async #inOurWords<T>(ask: (driver: Driver) => Promise<T>): Promise<T> {
    const driver = this.#supervisor.connected()
    try {
      return await ask(driver)
    } catch (error) {
      throw MqError.is(error) ? error : errorOf(driver.classify(error), this.#runtime.adapter, this.#name)
    }
  }

  /** Which messages go back, each with its repaired body if there is one. */
  #plan(
    messages: readonly Incoming<unknown>[],
    options: RedriveOptions<unknown, unknown>,
  ): { moves: Settlement<unknown>[]; failed: { id: string; error: MqError }[] } {
    const ids = options.ids === undefined ? undefined : new Set(options.ids)
    const moves: Settlement<unknown>[] = []
    const failed: { id: string; error: MqError }[] = []
    for (const incoming of messages) {
      if (ids !== undefined && !ids.has(incoming.id)) continue
      try {
        const message = options.map === undefined ? redrivenOf(incoming) : this.#repaired(incoming, options.map)
        if (message !== undefined) moves.push({ receipt: incoming.receipt, action: 'move', to: this.#inbox, message })
      } catch (error) {
        failed.push({ id: incoming.id, error: toMqError(error, 'MQ_INVALID') })
      }
    }
    return { moves, failed }
  }

  #repaired(
    incoming: Incoming<unknown>,
    map: NonNullable<RedriveOptions<unknown, unknown>['map']>,
  ): Outgoing | undefined {
    const body: unknown = map(deadMessageOf(incoming, this.#reader))
    if (body === undefined) return undefined
    refusePromise(body)
    const { codec } = destinationOf(this.#source)
    return redrivenOf(incoming, { bytes: this.#encoded(body), contentType: codec.contentType })
  }

  /** A repaired body passes the checks of a send: schema, size, and that nothing changes on the way. */
  #encoded(body: unknown): Uint8Array {
    const { check, codec, maxBody } = destinationOf(this.#source)
    const most = Math.min(maxBody, this.#supervisor.connected().manifest.maxBody)
    const checked = check.send === undefined ? { value: body } : check.send(body)
    if (checked.problems !== undefined)
      throw problemsError('MQ_INVALID', 'the repaired body does not fit the schema:', checked.problems)
    const bytes = codec.encode(checked.value)
    if (bytes.length > most)
      throw new MqError('MQ_TOO_LARGE', `the repaired body has ${bytes.length} bytes; ${most} are allowed (maxBody)`)
    const change = changedByCodec(codec, checked.value, bytes)
    if (change !== undefined)
      throw new MqError('MQ_INVALID', `the ${codec.kind} codec would change the repaired body: ${change}`)
    return bytes
  }

  /** In order, a batch at a time. Returns what the broker refused; that stays where it is. */
  async #move(
    { messages, feed }: Held,
    moves: readonly Settlement<unknown>[],
  ): Promise<{ id: string; error: MqError }[]> {
    const idOf = new Map(messages.map((incoming) => [incoming.receipt, incoming.id]))
    const refused: { id: string; error: MqError }[] = []
    for (let from = 0; from < moves.length; from += MOVE_BATCH) {
      const batch = moves.slice(from, from + MOVE_BATCH)
      const result: BatchResult = await feed.settle(batch, true)
      for (const { index, failure } of result.failed ?? []) {
        refused.push({
          id: idOf.get(batch[index]!.receipt) ?? '',
          error: errorOf(failure, this.#runtime.adapter, this.#name),
        })
      }
    }
    return refused
  }
}

/** An async `map`: its promise would be sent as an empty object. */
function refusePromise(body: unknown): void {
  if (typeof (body as { then?: unknown } | null)?.then !== 'function') return
  // Nobody waits for it: if it rejects, that is no crash.
  if (body instanceof Promise) body.catch(() => undefined)
  throw new MqError('MQ_INVALID', 'map returned a promise; return the repaired body itself, or look things up before')
}
