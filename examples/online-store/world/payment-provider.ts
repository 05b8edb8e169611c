import type { Recorder } from '../books.ts'
import type { Pace } from './pace.ts'

/** Declined, always, as with the test cards of real providers. */
const DECLINED_CARD = '4000-0000-0000-0002'

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
  readonly #record: Recorder
  readonly #charged = new Set<string>()
  #downUntil = 0
  #repeats = 0

  constructor(pace: Pace, record: Recorder) {
    this.#pace = pace
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

  /** @throws while it is down */
  async charge({ key, card, cents, signal }: Charge): Promise<'charged' | 'declined'> {
    await this.#pace.work(12, 32, signal)
    if (this.isDown) throw new Error('503: the payment provider does not answer')
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
