import { isAccounted } from './fate.ts'
import { addTo } from './grouped.ts'
import type { Indexed } from './indexed.ts'
import type { Send } from './sends.ts'
import type { Trace } from './traces.ts'

/** A message that was confirmed and is missing somewhere. */
export interface Missing {
  readonly send: Send
  /** In every source that should have got it. */
  readonly traces: readonly Trace[]
  /** Where it has reached no end. */
  readonly gone: readonly Trace[]
}

/** Each message once, however often it was sent. */
export function missing(history: Indexed): Missing[] {
  const traces = new Map<Send, Trace[]>()
  for (const trace of history.traces) {
    const first = trace.sends.find(({ fate }) => fate === 'confirmed')
    if (first !== undefined) addTo(traces, first, trace)
  }
  return [...traces].flatMap(([send, own]) => {
    const gone = own.filter((trace) => !isAccounted(history, send, trace))
    return gone.length === 0 ? [] : [{ send, traces: own, gone }]
  })
}
