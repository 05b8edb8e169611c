import { Buffer } from 'node:buffer'
import { bodyText } from '../content.ts'
import type { Content, DeadFact, Fact, StartFact } from '../facts.ts'
import type { Indexed } from '../indexed.ts'
import type { Problem } from '../problem.ts'
import type { Send } from '../sends.ts'
import type { Trace } from '../traces.ts'

type Field = 'id' | 'body' | 'headers' | 'key' | 'level' | 'type'

/** It came otherwise than it was sent: reported once for each message and source. */
export function altered(history: Indexed): Problem[] {
  return [...history.traces.flatMap((trace) => ofTrace(history, trace)), ...renamed(history)]
}

function ofTrace(history: Indexed, trace: Trace): Problem[] {
  const { sends, puts, runs, deads, id, source } = trace
  // Nothing is known of what a stranger's message says of itself.
  if (sends.length === 0 || puts.length > 0) return []
  for (const seen of [...runs.map(({ start }) => start), ...deads]) {
    const differences = sends.map((send) => differencesOf(history, trace, send, seen))
    const least = differences.reduce((a, b) => (b.length < a.length ? b : a))
    if (least.length === 0) continue
    const { fact } = sends[differences.indexOf(least)]!
    const what = least.map((field) => `${field} ${shown(seen, field)} instead of ${shown(fact, field)}`)
    const message = `message ${id} came from ${source} with ${what.join(', ')}`
    return [{ rule: 'altered', message, facts: history.inOrder([fact, ...repairs(trace), seen]) }]
  }
  return []
}

/** The caller was told of another id than the one that it had chosen. */
function renamed(history: Indexed): Problem[] {
  return history.sends.flatMap(({ fact, confirmed }) => {
    if (fact.id === '' || confirmed === undefined || confirmed.id === '' || confirmed.id === fact.id) return []
    const message = `the send of message ${fact.id} to ${fact.to} was confirmed as ${confirmed.id}`
    return [{ rule: 'altered', message, facts: [fact, confirmed] }]
  })
}

function differencesOf(history: Indexed, trace: Trace, { fact }: Send, seen: StartFact | DeadFact): Field[] {
  const { setting } = trace
  const fields: Field[] = []
  const mayDiffer = setting.transforms || repairs(trace).some((repair) => history.place(repair) < history.place(seen))
  if (!mayDiffer && !isSameBody(fact.body, seen)) fields.push('body')
  if (!isSameHeaders(fact.headers, seen.headers)) fields.push('headers')
  // Where a schema makes another body the sender's key is not known for sure.
  if (!setting.transforms && fact.key !== seen.key) fields.push('key')
  if ((fact.level ?? setting.level) !== seen.level) fields.push('level')
  if (fact.type !== seen.type) fields.push('type')
  return fields
}

/** Redrives that may have changed the body. */
function repairs({ taken }: Trace): Fact[] {
  return taken.filter((fact) => fact.fact === 'redriven' && fact.repaired === true)
}

/** What nobody can read is shown as it travelled. */
function isSameBody(sent: string, seen: Content & { readonly fact: 'start' | 'dead' }): boolean {
  if (seen.body === sent) return true
  if (seen.fact !== 'dead') return false
  // Of a long body only the hash and the length are known, and of a packed one not even that.
  const [, length] = / of (\d+)$/.exec(sent) ?? []
  if (sent.startsWith('sha256 ')) return !seen.body.endsWith(` of ${length}`)
  if (seen.body.startsWith('1f8b')) return true
  return [sent, textIn(sent)].some((text) => text !== undefined && bodyText(Buffer.from(text)) === seen.body)
}

/** A text body is known as a JSON string, and travels without the quotes. */
function textIn(json: string): string | undefined {
  if (!json.startsWith('"')) return undefined
  return JSON.parse(json) as string
}

function isSameHeaders(a: Content['headers'], b: Content['headers']): boolean {
  const names = Object.keys(a)
  return names.length === Object.keys(b).length && names.every((name) => a[name] === b[name])
}

function shown(content: Content, field: Field): string {
  const value = content[field]
  if (field === 'body') return content.body
  return value === undefined ? 'none' : typeof value === 'string' ? `"${value}"` : JSON.stringify(value)
}
