import type { AnsweredFact, AskedFact, EndFact, EventFact, Fact, StartFact, ToldFact, Verb } from './facts.ts'

/** After its timeout a handler has this long to listen to its signal; then its failure counts. */
const GRACE = 5000
/** So late may the end of the grace be noticed. */
const LATE = 1000

/** What becomes of a message when a run lets go of it. `lost`: the process knew that it was somebody else's by then. */
type Outcome = 'acked' | 'failed' | 'deferred' | 'dead' | 'released' | 'lost'

/** How a run let go of its message, as far as its process could tell. */
interface Conclusion {
  readonly outcome: Outcome
  /** From then on it was out of this hand. */
  readonly at: number
  /** What says so. */
  readonly by: Fact
  /** The broker's word: given, refused, or nobody waited for it. */
  readonly word: 'given' | 'refused' | 'none'
  readonly wordAt: number
  /** Milliseconds that the run itself said; undefined: as the policy says. */
  readonly after: number | undefined
  /** It ended so near the end of its grace that nobody can tell which came first. */
  readonly isDoubtful: boolean
}

/** One run, from its start on. */
export interface Run {
  readonly start: StartFact
  /** What it asked, was answered and told, and its end; then what the library said of the message meanwhile. */
  readonly facts: readonly Fact[]
  readonly events: readonly EventFact[]
  /** Undefined: it was in this hand to the end of the history. */
  readonly conclusion: Conclusion | undefined
  /** Told that its lease was lost, after it had let go. */
  readonly toldLate: ToldFact | undefined
  /** Each says that a settlement of this run was taken. */
  readonly successes: readonly AnsweredFact[]
}

/** A verb that was called, and what came of it. */
interface Call {
  readonly asked: AskedFact
  answered: AnsweredFact | undefined
}

const OUTCOMES: Readonly<Record<Verb, Outcome>> = {
  ack: 'acked',
  retry: 'failed',
  'dead-letter': 'dead',
  defer: 'deferred',
}

/** @param lastAt when the history ends */
export function runOf(start: StartFact, facts: readonly Fact[], events: readonly EventFact[], lastAt: number): Run {
  const calls = callsOf(facts)
  const own = concluded(start, facts, calls, lastAt)
  const conclusion = events.reduce(corrected, own)
  const successes = calls.flatMap(({ answered }) =>
    answered !== undefined && answered.code === undefined ? [answered] : [],
  )
  return { start, facts, events, conclusion, toldLate: toldLate(facts, conclusion), successes }
}

/** Calls with arguments that were refused are none. */
function callsOf(facts: readonly Fact[]): Call[] {
  const calls: Call[] = []
  for (const fact of facts) {
    if (fact.fact === 'asked') calls.push({ asked: fact, answered: undefined })
    if (fact.fact !== 'answered') continue
    const call = calls.find(({ asked, answered }) => answered === undefined && asked.verb === fact.verb)
    if (call !== undefined) call.answered = fact
  }
  return calls.filter(({ answered }) => answered?.code !== 'MQ_INVALID')
}

/** What came first counts: a verb, the end, or the word that it is over. */
function concluded(
  start: StartFact,
  facts: readonly Fact[],
  calls: readonly Call[],
  lastAt: number,
): Conclusion | undefined {
  let timedOut: ToldFact | undefined
  // A batch takes back what came behind a failed message after it has ended: its end is not the word that counts.
  const takenBack = facts.find((fact) => fact.fact === 'told' && fact.code === 'MQ_ALREADY_SETTLED')
  for (const fact of facts) {
    if (fact.fact === 'end' && takenBack !== undefined) return toldAway(takenBack as ToldFact)
    if (fact.fact === 'told') {
      if (fact.code !== 'MQ_TIMEOUT') return toldAway(fact)
      if (start.how === 'receive') return failedBy(fact, fact.at)
      timedOut ??= fact
    }
    const call = calls.find(({ asked }) => asked === fact)
    if (fact.fact !== 'end' && call === undefined) continue
    const graceLeft = timedOut === undefined ? Infinity : timedOut.at + GRACE - fact.at
    if (graceLeft < -LATE) return graceOver(timedOut!)
    return { ...settledBy(fact as AskedFact | EndFact, call?.answered), isDoubtful: graceLeft <= 0 }
  }
  if (timedOut === undefined || lastAt < timedOut.at + GRACE) return undefined
  return graceOver(timedOut)
}

/** The library says so when it counts it: a close may have been quicker, and then nothing has failed. */
function graceOver(timedOut: ToldFact): Conclusion {
  return { ...failedBy(timedOut, timedOut.at + GRACE), isDoubtful: true }
}

function settledBy(fact: AskedFact | EndFact, answered: AnsweredFact | undefined): Omit<Conclusion, 'isDoubtful'> {
  const { verb, at, after } = fact
  const word = answered === undefined ? 'none' : answered.code === undefined ? 'given' : 'refused'
  return { outcome: OUTCOMES[verb], at, by: fact, word, wordAt: answered?.at ?? Infinity, after }
}

function failedBy(by: Fact, at: number): Conclusion {
  return { outcome: 'failed', at, by, word: 'none', wordAt: Infinity, after: undefined, isDoubtful: false }
}

function toldAway(fact: ToldFact): Conclusion {
  const isReleased = fact.code === 'MQ_CLOSED' || fact.code === 'MQ_ALREADY_SETTLED'
  return { ...failedBy(fact, fact.at), outcome: isReleased ? 'released' : 'lost' }
}

/** What the library said it made of the run: a send that failed makes a failure of a return, and attempts are used up. */
function corrected(conclusion: Conclusion | undefined, event: EventFact): Conclusion | undefined {
  const outcome = conclusion?.outcome
  if (outcome === 'lost' || outcome === 'released') return conclusion
  const isGone = event.event === 'dead-letter' || event.event === 'dropped'
  if (isGone) return { ...(conclusion ?? failedBy(event, event.at)), outcome: 'dead', isDoubtful: false }
  if (event.event !== 'retry') return conclusion
  // After a grace the library counts the failure, whatever the handler says when it ends at last.
  const cameFirst = conclusion === undefined || event.at < conclusion.at
  if (outcome === 'failed' && !cameFirst) return { ...conclusion, isDoubtful: false }
  return cameFirst || outcome === 'acked' ? failedBy(event, event.at) : conclusion
}

function toldLate(facts: readonly Fact[], conclusion: Conclusion | undefined): ToldFact | undefined {
  if (conclusion === undefined) return undefined
  const from = facts.indexOf(conclusion.by)
  return facts.slice(from + 1).find((fact) => fact.fact === 'told' && fact.code === 'MQ_LEASE_LOST') as
    | ToldFact
    | undefined
}
