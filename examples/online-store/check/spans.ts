import { factsOf, type Fact, type Step } from '../facts.ts'

/** One run of a handler, from its start to its end. */
export interface Span {
  readonly step: Step
  readonly id: string
  /** The same for all messages of a batch, and for no others. */
  readonly call: string
  readonly start: number
  /** Infinity: nobody knows of an end. */
  readonly end: number
}

/** What ends a handler that cannot say so: its worker has died, or the message is no longer its own. */
const CUT_OFF: ReadonlySet<string> = new Set(['crash', 'lease lost'])

/** All runs in the order of their starts, by the clock. */
export function spansOf(facts: readonly Fact[]): Span[] {
  const ends = new Ends(facts)
  return factsOf(facts, 'run')
    .map((run) => ({
      step: run.step,
      id: run.id,
      call: `${run.worker} ${run.call}`,
      start: run.at,
      end: ends.after(run),
    }))
    .sort((a, b) => a.start - b.start)
}

/** When the runs of each message ended. */
class Ends {
  readonly #own = new Map<string, number[]>()
  readonly #cut = new Map<string, number[]>()

  constructor(facts: readonly Fact[]) {
    for (const { step, id, worker, at } of [...factsOf(facts, 'done'), ...factsOf(facts, 'failed')])
      add(this.#own, `${step} ${id} ${worker}`, at)
    for (const { step, id, cause, at } of factsOf(facts, 'again'))
      if (CUT_OFF.has(cause)) add(this.#cut, `${step} ${id}`, at)
  }

  /** A worker has a message once at a time: the first end of its own after the start is the one, unless it was cut off before. */
  after({ step, id, worker, at }: Extract<Fact, { fact: 'run' }>): number {
    const own = this.#own.get(`${step} ${id} ${worker}`) ?? []
    const cut = this.#cut.get(`${step} ${id}`) ?? []
    return Math.min(...[...own, ...cut].filter((end) => end >= at))
  }
}

function add(lists: Map<string, number[]>, key: string, at: number): void {
  const list = lists.get(key)
  if (list === undefined) lists.set(key, [at])
  else list.push(at)
}
