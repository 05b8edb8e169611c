import type { Broker, DeadLetters, DeadMessage, RedriveOptions, Source } from '@anymq/core'
import type { SeenDead } from '../check/evidence.ts'
import type { Definitions } from '../definitions.ts'
import type { Recorder, Step } from '../facts.ts'
import { now } from '../now.ts'
import type { Order } from '../order.ts'
import { repairLine } from './repair-line.ts'

/** What the customer gives when asked for another card. */
const NEW_CARD = '4242-4242-4242-4242'
/** The most that `peek` shows. */
const ALL = 10_000

/** What a repair did to one step's dead letters. */
export interface Repaired {
  readonly step: Step
  readonly moved: number
  readonly kept: number
  /** What was done, and how often. */
  readonly remedies: ReadonlyMap<string, number>
}

/** Looks after what could not be handled: shows it, repairs what can be repaired, sends it back to where it came from. */
export class DeadLetterOffice {
  readonly #broker: Broker
  readonly #definitions: Definitions
  readonly #record: Recorder

  constructor(broker: Broker, definitions: Definitions, record: Recorder) {
    this.#broker = broker
    this.#definitions = definitions
    this.#record = record
  }

  /** Everything in all dead-letter queues. Looking moves nothing. */
  async look(): Promise<SeenDead[]> {
    const perStep = await Promise.all([...this.#definitions.sources].map((entry) => this.#lookAt(...entry)))
    return perStep.flat()
  }

  async #lookAt(step: Step, source: Source): Promise<SeenDead[]> {
    const letters = await this.#broker.deadLetters(source).peek({ max: ALL })
    return letters.map(({ id, reason, error }) => ({ step, id, reason, error }))
  }

  /** Malformed lines are mended; customers whose card was declined are asked for another one. */
  async repair(): Promise<Repaired[]> {
    const { intake, payment } = this.#definitions
    return [
      await this.#redrive('intake', this.#broker.deadLetters(intake), mendedLine),
      await this.#redrive('payment', this.#broker.deadLetters(payment), withNewCard),
    ]
  }

  async #redrive<Body>(step: Step, letters: DeadLetters<Body, Body>, repair: Repair<Body>): Promise<Repaired> {
    const remedies = new Map<string, number>()
    const mended: string[] = []
    const map: NonNullable<RedriveOptions<Body, Body>['map']> = (letter) => {
      const repaired = repair(letter)
      if (repaired === undefined) return undefined
      mended.push(letter.id)
      remedies.set(repaired.remedy, (remedies.get(repaired.remedy) ?? 0) + 1)
      return repaired.body
    }
    const { moved, kept, failed } = await letters.redrive({ map })
    const stayed = new Set(failed.map(({ id }) => id))
    for (const id of mended.filter((one) => !stayed.has(one))) {
      this.#record({ fact: 'again', step, id, cause: 'redrive', at: now() })
      this.#record({ fact: 'entered', step, id })
    }
    return { step, moved, kept, remedies }
  }
}

/** A repaired body and what was done to it; undefined leaves the message where it is. */
type Repair<Body> = (letter: DeadMessage<Body>) => { readonly body: Body; readonly remedy: string } | undefined

const mendedLine: Repair<string> = (letter) => {
  const mended = letter.valid ? repairLine(letter.body) : undefined
  return mended && { body: mended.line, remedy: mended.remedy }
}

const withNewCard: Repair<Order> = (letter) => {
  if (!letter.valid || !letter.error.includes('was declined')) return undefined
  return { body: { ...letter.body, card: NEW_CARD }, remedy: 'asked the customer for another card' }
}
