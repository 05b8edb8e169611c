import type { Message } from '@anymq/core'
import { ok } from 'node:assert/strict'
import type { Client } from '../world/client.ts'
import type { Item } from '../world/peer.ts'
import type { World } from '../world/world.ts'

/** One run of a handler, as the handler saw it. */
export interface SeenRun {
  readonly n: number
  readonly attempt: number
  readonly at: number
  readonly by: string
}

/** What the handlers of a case saw, in the order in which they did. */
export class Seen {
  readonly runs: SeenRun[] = []
  readonly #world: World

  constructor(world: World) {
    this.#world = world
  }

  add({ name }: Client, { body, attempt }: Message<Item>): void {
    this.runs.push({ n: body.n, attempt, at: this.#world.now(), by: name })
  }

  of(n: number): readonly SeenRun[] {
    return this.runs.filter((run) => run.n === n)
  }

  attempts(n: number): readonly number[] {
    return this.of(n).map(({ attempt }) => attempt)
  }

  /** Every one of these is handled, each once, and nothing else: it is waited for, and then listened. `what` names them in the verdict. */
  async eachOnce(what: string, numbers: readonly number[]): Promise<void> {
    const missing = (): readonly number[] => numbers.filter((n) => this.of(n).length === 0)
    await this.#world.until(
      () => missing().length === 0,
      () => `${what}; missing: ${missing().join(', ')}; there were ${this.runs.length} runs`,
    )
    await this.#world.listen()
    const more = this.runs.filter(({ n }) => !numbers.includes(n) || this.of(n).length > 1)
    const text = more.map(({ n, by }) => `${n} by ${by}`).join(', ')
    ok(more.length === 0, `${what}; these came more than once, or were not to come: ${text}`)
  }

  /** For verdicts: `1 at attempt 1 by b, 1 at attempt 2 by c`. */
  get text(): string {
    if (this.runs.length === 0) return 'nothing'
    return this.runs.map(({ n, attempt, by }) => `${n} at attempt ${attempt} by ${by}`).join(', ')
  }
}
