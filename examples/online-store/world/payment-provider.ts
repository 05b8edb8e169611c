import type { Recorder } from '../facts.ts'
import { seededRandom, type Random } from '../seeded-random.ts'
import type { Pace } from './pace.ts'
import { ProviderDown } from './provider-down.ts'

/** Declined, always, as with the test cards of real providers. */
const DECLINED_CARD = '4000-0000-0000-0002'
/** The share of charges that fail for no good reason, and would not the next time. */
const STUMBLES = 0.02

export interface Charge {
  /** A second charge with the same key is recognised: no money moves, the answer is that of the first. */
  readonly key: string
  readonly card: string
  readonly cents: number
  readonly signal: AbortSignal
}

/** Somebody else's service: slow, sometimes down, never to be asked twice without a key. */
export class PaymentProvider {
  readonly #pace: Pace
  readonly #random: Random
  readonly #record: Recorder
  readonly #charged = new Set<string>()
  #downUntil = 0
  #repeats = 0

  constructor(pace: Pace, seed: number, record: Recorder) {
    this.#pace = pace
    this.#random = seededRandom(seed)
    this.#record = record
  }

  get isDown(): boolean {
    return performance.now() < this.#downUntil
  }

  /** Charges that it recognised as repeated. */
  get repeats(): number {
    return this.#repeats
  }

  /** Nobody gets an answer for so many milliseconds. */
  goDown(ms: number): void {
    this.#downUntil = performance.now() + ms
  }

  /** @throws ProviderDown while it is down, and now and then some other error */
  async charge({ key, card, cents, signal }: Charge): Promise<'charged' | 'declined'> {
    await this.#pace.work(12, 32, signal)
    if (this.isDown) {
      this.#record({ fact: 'unanswered', id: key })
      throw new ProviderDown()
    }
    if (this.#random() < STUMBLES) throw new Error('500: the payment provider has stumbled')
    if (card === DECLINED_CARD) return 'declined'
    if (this.#charged.has(key)) this.#repeats++
    else this.#take(key, card, cents)
    return 'charged'
  }

  #take(key: string, card: string, cents: number): void {
    this.#charged.add(key)
    this.#record({ fact: 'charged', id: key, cents, card })
  }
}
