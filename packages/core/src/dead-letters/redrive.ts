import type { BodyReader } from '../consume/body-reader.ts'
import type { ResolvedDestination } from '../definition/definition.ts'
import { toMqError, type MqError } from '../errors.ts'
import { errorOf } from '../failure-error.ts'
import type { Clock } from '../mechanism/clock.ts'
import { redrivenOf } from '../policy/dead-letter.ts'
import type { Incoming, Outgoing } from '../spi/messages.ts'
import type { Target } from '../spi/target.ts'
import { chooser } from './choice.ts'
import { deadMessageOf } from './dead-message.ts'
import type { Look } from './look.ts'
import { Pacer } from './pacer.ts'
import { repairer } from './repair.ts'
import type { RedriveOptions, RedriveResult } from './types.ts'

/** From where to where. */
export interface Way {
  readonly clock: Clock
  readonly adapter: string
  /** The source, for errors. */
  readonly name: string
  readonly to: Target
  readonly reader: BodyReader
  readonly destination: ResolvedDestination
  /** The largest body that the broker takes, bytes. */
  readonly maxBody: number
}

interface Move {
  readonly incoming: Incoming<unknown>
  readonly message: Outgoing
}

/** One redrive: what it has done so far, and how it goes on. */
export class Redrive {
  readonly #look: Look
  readonly #way: Way
  readonly #options: RedriveOptions<unknown, unknown>
  readonly #isChosen: ReturnType<typeof chooser>
  readonly #repair: ReturnType<typeof repairer> | undefined
  readonly #pacer: Pacer
  readonly #failed: { id: string; error: MqError }[] = []
  #looked = 0
  #moved = 0

  constructor(look: Look, way: Way, options: RedriveOptions<unknown, unknown>) {
    this.#look = look
    this.#way = way
    this.#options = options
    this.#isChosen = chooser(options)
    this.#repair = options.map && repairer(options.map, way.destination, way.maxBody)
    this.#pacer = new Pacer(way.clock, options.rate, (ms) => look.pause(ms))
  }

  async run(): Promise<RedriveResult> {
    while (!this.#isOver(0)) {
      const slice = await this.#look.next()
      if (slice.length === 0) break
      await this.#move(this.#plan(slice))
    }
    return { moved: this.#moved, kept: this.#looked - this.#moved, complete: this.#isComplete, failed: this.#failed }
  }

  get #isInterrupted(): boolean {
    return this.#options.signal?.aborted === true
  }

  /** @param planned moves that are decided and not made yet */
  #isOver(planned: number): boolean {
    return this.#isInterrupted || this.#moved + planned >= (this.#options.limit ?? Infinity)
  }

  get #isComplete(): boolean {
    const { total, ranDry } = this.#look
    return total === undefined ? ranDry && !this.#isOver(0) : this.#looked >= total
  }

  /** Which messages of a slice go back, each with its repaired body if there is one. */
  #plan(slice: readonly Incoming<unknown>[]): Move[] {
    const moves: Move[] = []
    for (const incoming of slice) {
      if (this.#isOver(moves.length)) break
      if (this.#look.isNewer(incoming)) continue
      this.#looked++
      try {
        const message = this.#decide(incoming)
        if (message !== undefined) moves.push({ incoming, message })
      } catch (error) {
        this.#failed.push({ id: incoming.id, error: toMqError(error, 'MQ_INVALID') })
      }
    }
    return moves
  }

  #decide(incoming: Incoming<unknown>): Outgoing | undefined {
    let seen: ReturnType<typeof deadMessageOf> | undefined
    const see = (): ReturnType<typeof deadMessageOf> => (seen ??= deadMessageOf(incoming, this.#way.reader))
    if (!this.#isChosen(incoming, see)) return undefined
    return this.#repair === undefined ? redrivenOf(incoming) : this.#repair(incoming, see())
  }

  /** In order. What an interruption left undone was not looked at. */
  async #move(moves: readonly Move[]): Promise<void> {
    if (this.#options.dryRun === true) {
      this.#moved += moves.length
      return
    }
    let done = 0
    while (done < moves.length && !this.#isInterrupted) {
      const turns = await this.#pacer.turns(moves.length - done)
      if (this.#isInterrupted) break
      await this.#settle(moves.slice(done, done + turns))
      done += turns
    }
    this.#looked -= moves.length - done
  }

  async #settle(moves: readonly Move[]): Promise<void> {
    const { adapter, name, to } = this.#way
    const refused = await this.#look.settle(
      moves.map(({ incoming, message }) => ({ receipt: incoming.receipt, action: 'move', to, message })),
    )
    this.#moved += moves.length - refused.size
    for (const [index, failure] of refused)
      this.#failed.push({ id: moves[index]!.incoming.id, error: errorOf(failure, adapter, name) })
  }
}
