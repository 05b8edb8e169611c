import type { EventFact, Fact, LifeFact, SendFact, StartFact } from './facts.ts'

/** Ids of a length that nobody reads get so many of their last characters, or as many as tell them apart. */
const SHORT = 6
const LONG = 12
/** More of a body, or of a list, would hide the rest. */
const LONGEST_BODY = 40
const MOST_IDS = 5

/** Short names of ids, the same throughout a text. */
export type Names = ReadonlyMap<string, string>

/** UUIDs of one moment begin alike: their ends tell them apart. */
export function namesOf(ids: readonly string[]): Names {
  const long = [...new Set(ids)].filter(({ length }) => length > LONG)
  let length = SHORT
  while (new Set(long.map((id) => id.slice(-length))).size < long.length) length++
  return new Map(long.map((id) => [id, `…${id.slice(-length)}`]))
}

/** Every id that a fact speaks of. */
export function idsIn(fact: Fact): readonly string[] {
  const single = 'id' in fact && fact.id !== undefined ? [fact.id] : []
  return 'ids' in fact && fact.ids !== undefined ? [...single, ...fact.ids] : single
}

/** What happened, in words; who saw it is said elsewhere. */
export function worded(fact: Fact, names: Names): string {
  const name = (id: string | undefined): string => (id === undefined ? 'a message' : (names.get(id) ?? id))
  switch (fact.fact) {
    case 'send':
      return sendWords(fact, name(fact.id))
    case 'confirmed':
      return `send #${fact.send} is confirmed as ${name(fact.id)}`
    case 'refused':
      return `send #${fact.send} fails with ${fact.code}: ${fact.outcome}`
    case 'start':
      return startWords(fact, name(fact.id))
    case 'end':
      return `run ${fact.run} ends${fact.verb === 'ack' ? '' : `: ${fact.verb}`}${inMs(fact.after)}`
    case 'asked':
      return `run ${fact.run} calls ${fact.verb}${inMs(fact.after)}`
    case 'answered':
      return `${fact.verb} of run ${fact.run} ${fact.code === undefined ? 'resolves' : `is refused: ${fact.code}`}`
    case 'told':
      return `run ${fact.run} is told ${fact.code}`
    case 'dead':
      return `sees ${name(fact.id)} among the dead letters of ${fact.source}: ${fact.reason}, failures: ${fact.attempts}`
    case 'redriven':
    case 'discarded':
    case 'purged':
      return `${TAKEN[fact.fact]} ${listed(fact.ids, name)} ${fact.source}${fact.repaired === true ? ', repaired' : ''}`
    case 'event':
      return eventWords(fact, name(fact.id))
    case 'put':
      return `puts ${name(fact.id)} into ${fact.to} without the library: ${cut(fact.body)}`
    case 'life':
      return `${fact.consumer ?? 'the process'} ${LIFE[fact.what]}`
    case 'fault':
      return `does harm: ${fact.fault}`
    case 'evidence':
      return `sees that it happened: ${fact.what}`
  }
}

const TAKEN = { redriven: 'redrives', discarded: 'discards', purged: 'purges' } as const
const LIFE: Readonly<Record<LifeFact['what'], string>> = {
  opened: 'opens',
  closing: 'begins to close',
  closed: 'has closed',
  killed: 'dies',
  frozen: 'stands still',
  thawed: 'goes on',
  paused: 'pauses',
  resumed: 'resumes',
}

function sendWords({ send, to, id, body, key, level, notBefore, at, dedupeId }: SendFact, name: string): string {
  const parts = [
    `sends #${send} to ${to}`,
    id === '' ? '' : `id ${name}`,
    key === undefined ? '' : `key ${key}`,
    level === undefined ? '' : `level ${level}`,
    dedupeId === undefined ? '' : `dedupe id ${dedupeId}`,
    notBefore === 0 ? '' : `not before ${Math.round(notBefore - at)} ms from now`,
    `body ${cut(body)}`,
  ]
  return parts.filter((part) => part !== '').join(', ')
}

function startWords({ run, source, consumer, how, attempt, redriven, key }: StartFact, name: string): string {
  const parts = [
    `${how === 'handler' ? 'handles' : 'gets'} ${name} from ${source}`,
    `attempt ${attempt}`,
    redriven === 0 ? '' : `redriven ${redriven}`,
    key === undefined ? '' : `key ${key}`,
    `run ${run} of ${consumer}`,
  ]
  return parts.filter((part) => part !== '').join(', ')
}

function eventWords({ event, id, source, attempt, delay, reason }: EventFact, name: string): string {
  const parts = [
    `event ${event}`,
    id === undefined ? '' : name,
    source === undefined ? '' : `of ${source}`,
    attempt === undefined ? '' : `attempt ${attempt}`,
    reason === undefined ? '' : reason,
    delay === undefined ? '' : `in ${delay} ms`,
  ]
  return parts.filter((part) => part !== '').join(', ')
}

function inMs(after: number | undefined): string {
  return after === undefined ? '' : ` after ${after} ms`
}

function cut(body: string): string {
  return body.length <= LONGEST_BODY ? body : `${body.slice(0, LONGEST_BODY)}…`
}

function listed(ids: readonly string[] | undefined, name: (id: string) => string): string {
  if (ids === undefined) return 'what is in'
  const more = ids.length > MOST_IDS ? ` and ${ids.length - MOST_IDS} more` : ''
  return `${ids.slice(0, MOST_IDS).map(name).join(', ')}${more} of`
}
