import type { Fact, SendFact, StartFact } from '../src/history/facts.ts'

/** The same history with one thing wrong, and the rule that must say so; undefined: there is nothing to make wrong. */
export type Corruption = (
  facts: readonly Fact[],
  pick: number,
) => { readonly facts: readonly Fact[]; readonly rule: string } | undefined

type Change = (facts: readonly Fact[], pick: number) => readonly Fact[] | undefined

export const corruptions: Readonly<Record<string, Corruption>> = {
  'a message is dropped': breaking('false-confirm', (facts, pick) => {
    const run = chosen(handledOnce(facts), pick)
    return run && facts.filter((fact) => !isOf(run, fact))
  }),
  'what was taken is not finished': breaking('lost', (facts, pick) => {
    const run = chosen(handledOnce(facts), pick)
    return run && facts.filter((fact) => fact === run || !isOf(run, fact))
  }),
  'a message comes twice': breaking('duplicate', (facts, pick) => {
    const run = chosen(handledOnce(facts), pick)
    return run && [...facts, { ...run, run: 999, at: facts.at(-1)!.at + 1 }]
  }),
  'two of a key are swapped': breaking('order', (facts, pick) => {
    const once = handledOnce(facts).filter(({ key }) => key !== undefined)
    const first = chosen(once, pick)
    if (first === undefined) return undefined
    const sender = senderOf(facts, first)
    const second = once.find((run) => run !== first && run.key === first.key && senderOf(facts, run) === sender)
    if (second === undefined) return undefined
    const withFirst = replaced(facts, first, { ...first, id: second.id, body: second.body })
    return replaced(withFirst, second, { ...second, id: first.id, body: first.body })
  }),
  'a message comes too early': breaking('early', (facts, pick) => {
    const send = chosen(sends(facts), pick)
    const run = send && starts(facts).find(({ id }) => id === send.id)
    return run && replaced(facts, send, { ...send, notBefore: run.at + 10 })
  }),
  'a wait is cut short': breaking('early', (facts, pick) => {
    const ends = facts.filter((fact) => fact.fact === 'end').filter(({ verb }) => verb === 'retry' || verb === 'defer')
    const end = chosen(
      ends.filter(({ run, at }) => {
        const { id } = starts(facts).find((one) => one.run === run)!
        return starts(facts).some((one) => one.id === id && one.at > at)
      }),
      pick,
    )
    return end && replaced(facts, end, { ...end, after: 1e9 })
  }),
  'an attempt is off by one': breaking('attempt', (facts, pick) => {
    const run = chosen(starts(facts), pick)
    return run && replaced(facts, run, { ...run, attempt: run.attempt + (pick % 2 === 0 ? 1 : -1) })
  }),
  'a body is changed': breaking('altered', (facts, pick) => {
    const run = chosen(starts(facts), pick)
    return run && replaced(facts, run, { ...run, body: '0' })
  }),
  'a dead letter had attempts left': breaking('dead-wrong', (facts, pick) => {
    const deads = facts.filter((fact) => fact.fact === 'dead').filter(({ reason }) => reason === 'rejected')
    const dead = chosen(deads, pick)
    return dead && replaced(facts, dead, { ...dead, reason: 'attempts' })
  }),
  'a handler starts after its process has closed': breaking('closed', (facts, pick) => {
    const run = chosen(starts(facts), pick)
    if (run === undefined) return undefined
    const life = { fact: 'life', at: run.at - 0.5, process: run.process } as const
    return [...facts, { ...life, what: 'closing' }, { ...life, what: 'closed' }]
  }),
}

function breaking(rule: string, change: Change): Corruption {
  return (facts, pick) => {
    const changed = change(facts, pick)
    return changed && { facts: changed, rule }
  }
}

function replaced(facts: readonly Fact[], old: Fact | undefined, by: Fact): Fact[] {
  return facts.map((fact) => (fact === old ? by : fact))
}

function isOf({ run }: StartFact, fact: Fact): boolean {
  return 'run' in fact && fact.run === run
}

function starts(facts: readonly Fact[]): StartFact[] {
  return facts.filter((fact) => fact.fact === 'start')
}

function sends(facts: readonly Fact[]): SendFact[] {
  return facts.filter((fact) => fact.fact === 'send')
}

function senderOf(facts: readonly Fact[], { id }: StartFact): string {
  return sends(facts).find((send) => send.id === id)!.process
}

/** Messages that came once, and were acknowledged then. */
function handledOnce(facts: readonly Fact[]): StartFact[] {
  const all = starts(facts)
  const acked = new Set(facts.flatMap((fact) => ('verb' in fact && fact.verb === 'ack' ? [fact.run] : [])))
  return all.filter(({ id, run }) => acked.has(run) && all.filter((one) => one.id === id).length === 1)
}

function chosen<T>(from: readonly T[], pick: number): T | undefined {
  return from[pick % Math.max(1, from.length)]
}
