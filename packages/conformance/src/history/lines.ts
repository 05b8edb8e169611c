import type { Fact, StartFact } from './facts.ts'
import { addTo } from './grouped.ts'
import type { Run } from './runs.ts'
import type { Send } from './sends.ts'
import type { Trace } from './traces.ts'

/** A run in a line, and what is known of its message. */
export interface Place {
  readonly run: Run
  readonly trace: Trace
  /** The send that counts for its place: the first that may have arrived. */
  readonly send: Send
}

/** The runs of one key of one ordered source, at one level where there are levels. In the order of their starts. */
export interface Line {
  readonly source: string
  readonly key: string
  readonly places: readonly Place[]
}

interface Order {
  place(fact: Fact): number
}

/** What is not known to have been sent by the library has no place in a line. */
export function linesOf(traces: readonly Trace[], order: Order): Line[] {
  const lines = new Map<string, Place[]>()
  for (const trace of traces) {
    const { setting, source } = trace
    const [send] = trace.sends
    if (!setting.ordered || send === undefined) continue
    for (const run of trace.runs) {
      // What a schema makes of a body may have another key.
      const key = setting.transforms ? run.start.key : send.fact.key
      const level = send.fact.level ?? setting.level ?? ''
      if (key !== undefined) addTo(lines, JSON.stringify([source, key, level]), { run, trace, send })
    }
  }
  return [...lines].map(([name, places]) => {
    const [source, key] = JSON.parse(name) as [string, string]
    places.sort((a, b) => order.place(a.run.start) - order.place(b.run.start))
    return { source, key, places }
  })
}

/** Which batch a run belongs to: nothing else happens in a process while it hands one over. No entry: it came alone. */
export function batchesOf(facts: readonly Fact[]): ReadonlyMap<StartFact, number> {
  const consumers = new Set<string>()
  const batches = new Map<StartFact, number>()
  const previous = new Map<string, Fact>()
  let count = 0
  for (const fact of facts) {
    if (fact.fact === 'life' && fact.batches === true && fact.consumer !== undefined) consumers.add(fact.consumer)
    const before = previous.get(fact.process)
    previous.set(fact.process, fact)
    if (fact.fact !== 'start' || !consumers.has(fact.consumer)) continue
    if (before?.fact !== 'start' || before.consumer !== fact.consumer) count++
    batches.set(fact, count)
  }
  return batches
}
