import { isRedriven } from '../again.ts'
import type { DeadFact, Fact } from '../facts.ts'
import { failuresOf, type Range } from '../failures.ts'
import { addTo } from '../grouped.ts'
import type { Indexed } from '../indexed.ts'
import type { Problem } from '../problem.ts'
import type { Run } from '../runs.ts'
import type { Trace } from '../traces.ts'

/** What the consumers of a source say of its policy, its definition included. */
interface Policy {
  readonly least: number
  readonly most: number
  readonly classifies: boolean
}

/** Given up too early, too late or for a reason that is none; or handled although it was given up. */
export function deadWrong(history: Indexed): Problem[] {
  const policies = policiesOf(history)
  return history.traces.flatMap((trace) => {
    if (trace.sends.length === 0 || trace.puts.length > 0) return []
    const policy = policies.get(trace.source)!
    return [
      ...firstSeen(history, trace).flatMap((dead) => deadTooEarly(history, trace, dead, policy) ?? []),
      ...handledDead(history, trace),
      ...tooManyRuns(history, trace, policy),
    ]
  })
}

function policiesOf({ setting, facts }: Indexed): Map<string, Policy> {
  const own = new Map<string, number[]>()
  const classifying = new Set<string>()
  for (const fact of facts) {
    if (fact.fact !== 'life' || fact.source === undefined) continue
    if (fact.attempts !== undefined) addTo(own, fact.source, fact.attempts)
    if (fact.classifies === true) classifying.add(fact.source)
  }
  return new Map(
    [...setting.sources].map(([source, { attempts, classifies }]) => {
      const all = [attempts, ...(own.get(source) ?? [])]
      const isClassifying = classifies || classifying.has(source)
      return [source, { least: Math.min(...all), most: Math.max(...all), classifies: isClassifying }]
    }),
  )
}

/** A dead letter is seen often: each of its deaths once. */
function firstSeen(history: Indexed, trace: Trace): DeadFact[] {
  return trace.deads.filter((dead, index, all) => {
    const previous = all[index - 1]
    return previous === undefined || isRedriven(history, trace, previous, dead)
  })
}

function deadTooEarly(history: Indexed, trace: Trace, dead: DeadFact, policy: Policy): Problem | undefined {
  // A redrive may have left it where it was: its runs from before count.
  const runs = trace.runs.filter(({ start }) => !history.isBefore(dead, start))
  if (dead.at >= trace.pluralFrom) return undefined
  const why =
    dead.reason === 'attempts'
      ? wrongAttempts(history, trace, dead, runs, policy)
      : wrongReason(history, trace, dead, runs, policy)
  if (why === undefined) return undefined
  const message = `message ${trace.id} of ${trace.source} is dead with reason ${dead.reason}, ${why}`
  const facts = history.inOrder([...runs.flatMap((run) => [run.start, ...run.facts, ...run.events]), dead])
  return { rule: 'dead-wrong', message, facts }
}

/** What was sent by the library dies of nothing that it does not know. */
function wrongReason(
  { incidents }: Indexed,
  { setting: { crashes, expires, transforms } }: Trace,
  { reason }: DeadFact,
  runs: readonly Run[],
  policy: Policy,
): string | undefined {
  if (reason === 'rejected')
    return runs.some((run) => mayReject(run, policy)) ? undefined : 'and no handler had rejected it'
  if (reason === 'expired') return expires ? undefined : 'and nothing expires there'
  if (reason === 'invalid') return transforms ? undefined : 'and no schema is there that could have refused it'
  if (reason === 'unknown') return 'and the library had sent it and knows no such death'
  const deaths = incidents.all.filter(({ kind }) => kind === 'harm').length
  return reason === 'crashed' && deaths < crashes ? `after ${deaths} deaths of ${crashes}` : undefined
}

function mayReject({ conclusion, facts }: Run, { classifies }: Policy): boolean {
  const outcome = conclusion?.outcome
  if (facts.some((fact) => (fact.fact === 'asked' || fact.fact === 'end') && fact.verb === 'dead-letter')) return true
  // Of what a process did in its last moments not everything is known.
  return conclusion === undefined || (classifies && (outcome === 'failed' || outcome === 'dead'))
}

function wrongAttempts(
  history: Indexed,
  trace: Trace,
  dead: DeadFact,
  runs: readonly Run[],
  policy: Policy,
): string | undefined {
  const counted = failuresOf(history, trace).filter(({ run }) => runs.includes(run))
  // Without a run it may be input that nobody could read, again and again.
  const silent = trace.events.filter(({ event }) => event === 'retry').length + 1
  if (counted.length === 0) return wrongCount(dead, { low: 0, high: silent }, policy, false)
  // Of two moments that nobody can tell apart, either may have come first: it may have died of any of these runs.
  const surely = counted.findLastIndex(({ run }) => history.isBefore(run.start, dead))
  const causes = counted.slice(Math.max(0, surely))
  const wrong = causes.map(({ after }) => wrongCount(dead, after, policy, surely >= 0))
  return wrong.includes(undefined) ? undefined : wrong[0]
}

function wrongCount(
  { attempts }: DeadFact,
  { low, high }: Range,
  { least, most }: Policy,
  mustEqual: boolean,
): string | undefined {
  if (high < least) return `after ${high} failures of ${least}`
  if (low > most) return `after ${low} failures of ${most}`
  return mustEqual && low === high && attempts !== low
    ? `and counts ${attempts} failures where there were ${low}`
    : undefined
}

function handledDead(history: Indexed, trace: Trace): Problem[] {
  const { source, id, deads, runs, sends, pluralFrom } = trace
  return runs.flatMap(({ start }) => {
    const dead = deads.findLast((one) => history.isBefore(one, start))
    if (dead === undefined || start.at >= pluralFrom || isRedriven(history, trace, dead, start)) return []
    if (history.incidents.during(sends[0]!.fact.at, start.at, 'harm')) return []
    const message = `message ${id} was dead, and came from ${source} although nobody had redriven it`
    return [{ rule: 'dead-wrong', message, facts: history.inOrder([dead, ...trace.taken, start]) }]
  })
}

function tooManyRuns(history: Indexed, { source, id, runs, pluralFrom }: Trace, { most }: Policy): Problem[] {
  const extra = runs.find(({ start }) => start.attempt > most && start.at < pluralFrom)
  if (extra === undefined) return []
  const facts: (Fact | undefined)[] = runs
    .filter(({ start }) => start.at <= extra.start.at)
    .flatMap((run) => [run.start, ...run.facts])
  const message = `message ${id} came from ${source} at attempt ${extra.start.attempt} of ${most}`
  return [{ rule: 'dead-wrong', message, facts: history.inOrder(facts) }]
}
