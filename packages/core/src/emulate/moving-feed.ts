import { keepParts, partsOf } from '../consume/watchdog.ts'
import { guardedCall } from '../mechanism/guarded-call.ts'
import type { Driver, Feed } from '../spi/driver.ts'
import type { BatchResult, Failure, Outgoing, Settlement } from '../spi/messages.ts'
import type { Target } from '../spi/target.ts'
import { refusals } from './refusals.ts'

type Move = Extract<Settlement<unknown>, { action: 'move' }>
/** A settlement and where it stood in the batch that core handed over. */
type Placed<S> = { readonly index: number; readonly settlement: S }
type Failed = { readonly index: number; readonly failure: Failure }

/** The one step in which the broker itself can do a move; undefined: it cannot. */
type InOneStep = (move: Move) => { readonly to: Target; readonly message: Outgoing } | undefined

/**
 * Moves, where the broker cannot settle and send in one step, or not to that place: publish, wait for the confirmation, then
 * acknowledge. A crash in between leaves two copies with one id; nothing is lost.
 */
export class MovingFeed implements Feed<unknown> {
  readonly #driver: Driver
  readonly #feed: Feed<unknown>
  /** Receipts whose copy has been confirmed: when their acknowledgement is tried again, no second copy is made. */
  readonly #copied = new Set<unknown>()

  readonly #inOneStep: InOneStep

  constructor(driver: Driver, feed: Feed<unknown>, inOneStep: InOneStep) {
    this.#driver = driver
    this.#feed = feed
    this.#inOneStep = inOneStep
    const parts = partsOf(feed)
    if (parts !== undefined) keepParts(this, parts)
  }

  get alive(): number {
    return this.#feed.alive
  }

  settle(batch: readonly Settlement<unknown>[], urgent: boolean): Promise<BatchResult> {
    for (const { action } of batch) if (action === 'move') return this.#settleWithMoves(batch, urgent)
    return this.#feed.settle(batch, urgent)
  }

  resize(window: number): Promise<void> {
    return this.#feed.resize(window)
  }

  stop(): Promise<void> {
    return this.#feed.stop()
  }

  close(): Promise<void> {
    return this.#feed.close()
  }

  /** What is no move does not wait for the copies. */
  async #settleWithMoves(batch: readonly Settlement<unknown>[], urgent: boolean): Promise<BatchResult> {
    const moves: Placed<Move>[] = []
    const others: Placed<Settlement<unknown>>[] = []
    batch.forEach((settlement, index) => {
      const step = settlement.action === 'move' ? this.#inOneStep(settlement) : undefined
      if (step !== undefined)
        others.push({ index, settlement: { receipt: settlement.receipt, action: 'move', ...step } })
      else if (settlement.action === 'move') moves.push({ index, settlement })
      else others.push({ index, settlement })
    })
    const failed = await Promise.all([this.#settle(others, urgent), this.#move(moves, urgent)])
    return { failed: failed.flat() }
  }

  async #move(moves: readonly Placed<Move>[], urgent: boolean): Promise<Failed[]> {
    const refused = await this.#copy(moves)
    const copied = moves.filter(({ settlement }) => this.#copied.has(settlement.receipt))
    const kept = await this.#settle(
      copied.map(({ index, settlement }) => ({ index, settlement: { receipt: settlement.receipt, action: 'ack' } })),
      urgent,
    )
    // Core tries a move again as long as it has the lease, whatever was in the way.
    const stays = new Set(kept.filter(({ failure }) => failure.code !== 'MQ_LEASE_LOST').map(({ index }) => index))
    for (const { index, settlement } of copied) if (!stays.has(index)) this.#copied.delete(settlement.receipt)
    return [...refused, ...kept]
  }

  async #settle(placed: readonly Placed<Settlement<unknown>>[], urgent: boolean): Promise<Failed[]> {
    if (placed.length === 0) return []
    const batch = placed.map(({ settlement }) => settlement)
    try {
      const { failed = [] } = await guardedCall(() => this.#feed.settle(batch, urgent))
      return failed.map(({ index, failure }) => ({ index: placed[index]!.index, failure }))
    } catch (error) {
      const failure = this.#driver.classify(error)
      return placed.map(({ index }) => ({ index, failure }))
    }
  }

  /** Send what has not been confirmed before, one call per target. */
  async #copy(moves: readonly Placed<Move>[]): Promise<Failed[]> {
    const byTarget = new Map<Target, Placed<Move>[]>()
    for (const move of moves) {
      const { receipt, to } = move.settlement
      if (this.#copied.has(receipt)) continue
      const same = byTarget.get(to)
      if (same === undefined) byTarget.set(to, [move])
      else same.push(move)
    }
    const failed = await Promise.all([...byTarget].map(([to, group]) => this.#copyTo(to, group)))
    return failed.flat()
  }

  async #copyTo(to: Target, moves: readonly Placed<Move>[]): Promise<Failed[]> {
    const { count, bytes } = this.#driver.manifest.batch
    const failed: Failed[] = []
    for (let from = 0; from < moves.length;) {
      const part = moves.slice(from, from + fitting(moves, from, count, bytes))
      failed.push(...(await this.#send(to, part)))
      from += part.length
    }
    return failed
  }

  async #send(to: Target, moves: readonly Placed<Move>[]): Promise<Failed[]> {
    const { failures } = await refusals(
      this.#driver,
      to,
      moves.map(({ settlement }) => settlement.message),
    )
    const failed: Failed[] = []
    moves.forEach(({ index, settlement }, place) => {
      const failure = failures.get(place)
      if (failure === undefined) this.#copied.add(settlement.receipt)
      else failed.push({ index, failure })
    })
    return failed
  }
}

/** How many of the moves from `from` on fit one `send` of the driver; one always does. */
function fitting(moves: readonly Placed<Move>[], from: number, count: number, bytes: number): number {
  let size = 0
  let fits = 0
  for (; fits < count && from + fits < moves.length; fits++) {
    size += sizeOf(moves[from + fits]!.settlement.message)
    if (size > bytes && fits > 0) break
  }
  return fits
}

/** Body and headers; UTF-16 units of a header never count less than a third of its bytes, and headers are few. */
function sizeOf({ body, headers }: Outgoing): number {
  let size = body.length
  for (const name in headers) size += name.length + headers[name]!.length * 3
  return size
}
