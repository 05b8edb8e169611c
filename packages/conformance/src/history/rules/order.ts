import { isRedriven } from '../again.ts'
import type { TakenFact } from '../facts.ts'
import { addTo } from '../grouped.ts'
import type { Indexed } from '../indexed.ts'
import type { Line, Place } from '../lines.ts'
import type { Problem } from '../problem.ts'
import { isAfter, turnBack, wasSentBefore } from '../turns.ts'

/** Messages of one key did not come in the order in which they were sent. */
export function order(history: Indexed): Problem[] {
  return history.lines.flatMap((line) => {
    const isBlocking = history.setting.sources.get(line.source)!.onFailure === 'block'
    const problems = outOfTurn(history, line, firstsOf(history, line, !isBlocking))
    if (isBlocking) problems.push(...againOutOfTurn(history, line), ...redrivenOutOfTurn(history, line))
    return problems
  })
}

/** The first run of each message, unless it had been dead before anybody saw it, or had left the line without a run. */
function firstsOf(history: Indexed, { places }: Line, isSkipping: boolean): Place[] {
  const hadLeft = ({ run, trace }: Place): boolean =>
    trace.events.some((event) => event.event === 'retry' && history.place(event) < history.place(run.start))
  return places.filter(
    (place) => place.run === place.trace.runs[0] && place.run.start.redriven === 0 && !(isSkipping && hadLeft(place)),
  )
}

type Before = (history: Indexed, a: Place, b: Place) => boolean

const sentBefore: Before = (history, a, b) => wasSentBefore(history, a.send, b.send)

/** Each against the one that was sent last of those that came before it: of its sender, and of all. */
function outOfTurn(
  history: Indexed,
  line: Line,
  firsts: readonly Place[],
  shouldPrecede: Before = sentBefore,
): Problem[] {
  const problems: Problem[] = []
  const latestOf = new Map<string, Place>()
  let latest: Place | undefined
  for (const place of firsts) {
    const { send, run } = place
    const own = latestOf.get(send.fact.process)
    const ahead = [own, latest].find(
      (one) => one !== undefined && shouldPrecede(history, place, one) && history.isBefore(one.run.start, run.start),
    )
    if (ahead !== undefined) problems.push(problem(history, line, place, ahead))
    if (own === undefined || history.place(own.send.fact) < history.place(send.fact))
      latestOf.set(send.fact.process, place)
    if (latest === undefined || latest.send.fact.at < send.fact.at) latest = place
  }
  return problems
}

/** A message that comes again comes before those that were sent later: its key had to wait for it. */
function againOutOfTurn(history: Indexed, line: Line): Problem[] {
  return line.places.flatMap((place, index) => {
    const { trace, run, send } = place
    const previous = trace.runs[trace.runs.indexOf(run) - 1]
    if (previous === undefined || run.start.at >= trace.pluralFrom) return []
    if (previous.start.redriven !== run.start.redriven || isRedriven(history, trace, previous.start, run.start))
      return []
    const turn = turnBack(history, { run: previous, trace, send }, run.start)
    if (turn === undefined) return []
    for (let i = index - 1; i >= 0; i--) {
      const before = line.places[i]!
      if (!isAfter(history, before.run.start, turn)) return []
      if (isOvertaking(history, before, place, previous.start.at)) return [problem(history, line, place, before)]
    }
    return []
  })
}

function isOvertaking(history: Indexed, before: Place, place: Place, from: number): boolean {
  const { start } = before.run
  return (
    start.redriven === place.run.start.redriven &&
    wasSentBefore(history, place.send, before.send) &&
    history.isBefore(start, place.run.start) &&
    // What had lain in a process that something happened to may start before that process finds out.
    history.incidents.touching(start.process, from, start.at + history.lag, 'harm') === undefined
  )
}

/** They were given up in the order in which they were sent: a batch may give up a later one first. */
const diedBefore: Before = (history, a, b) => {
  const [first, second] = [a, b].map(({ trace }) => trace.runs.find(({ conclusion }) => conclusion?.outcome === 'dead'))
  const isKnown = first?.conclusion !== undefined && second?.conclusion !== undefined
  return isKnown && sentBefore(history, a, b) && history.isBefore(first.conclusion.by, second.conclusion.by)
}

/** Those that went back together: a redrive keeps the order of each key. */
function redrivenOutOfTurn(history: Indexed, line: Line): Problem[] {
  const together = new Map<TakenFact, Place[]>()
  for (const place of line.places) {
    const { trace, run } = place
    const [redrive, second] = trace.taken.filter(({ fact }) => fact === 'redriven')
    const isFirst = run === trace.runs.find(({ start }) => start.redriven > 0)
    if (isFirst && redrive !== undefined && second === undefined && trace.pluralFrom === Infinity)
      addTo(together, redrive, place)
  }
  return [...together.values()].flatMap((places) => outOfTurn(history, line, places, diedBefore))
}

function problem(history: Indexed, { source, key }: Line, late: Place, ahead: Place): Problem {
  const facts = [late, ahead].flatMap(({ send, trace, run }) => [
    send.fact,
    send.confirmed,
    ...trace.runs.filter((one) => one.start.at <= run.start.at).flatMap((one) => [one.start, ...one.facts]),
  ])
  return {
    rule: 'order',
    message: `message ${late.trace.id} of key ${key} of ${source} came after ${ahead.trace.id}, which was sent later`,
    facts: history.inOrder(facts),
  }
}
