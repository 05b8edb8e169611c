import type { Content, EventFact, Fact, LifeFact, SendFact, StartFact, TakenFact, Verb } from '../src/history/facts.ts'
import type { Unseen } from '../src/history/history.ts'
import { judge } from '../src/history/judge.ts'
import type { Setting, SourceSetting } from '../src/history/setting.ts'

type By = { readonly by?: string }

/** A history as somebody writes it who knows what should be in it. Each fact comes a millisecond after the one before. */
export class Written {
  readonly facts: Fact[] = []
  /** Milliseconds from one fact to the next. */
  step = 1
  #now = 0
  #sends = 0
  #runs = 0
  readonly #sent = new Map<string, Content>()
  readonly #processes = new Map<number, string>()

  get now(): number {
    return this.#now
  }

  wait(ms: number): this {
    this.#now += ms
    return this
  }

  add(process: string, fact: Unseen): this {
    this.#now += this.step
    this.facts.push({ ...fact, at: this.#now, process })
    return this
  }

  /** A send that nobody has answered yet. */
  call(id: string, { by = 'a', ...own }: By & Partial<Omit<SendFact, 'by'>> = {}): number {
    const content = { id, body: `{"n":"${id}"}`, headers: {}, key: undefined, level: undefined, type: undefined }
    const send = ++this.#sends
    const fact = { ...content, to: 'orders', notBefore: 0, dedupeId: undefined, ...own }
    this.#sent.set(id, { ...content, ...own })
    this.add(by, { fact: 'send', send, ...fact })
    return send
  }

  confirm(send: number, id: string, { by = 'a' }: By = {}): this {
    return this.add(by, { fact: 'confirmed', send, id })
  }

  refuse(send: number, outcome: 'not-sent' | 'unknown', { by = 'a' }: By = {}): this {
    return this.add(by, { fact: 'refused', send, code: 'MQ_SEND', outcome })
  }

  /** Sent and confirmed. */
  send(id: string, own: By & Partial<SendFact> = {}): this {
    return this.confirm(this.call(id, own), id, { by: own.by ?? 'a' })
  }

  /** Returns the number of the run. */
  start(id: string, { by = 'b', ...own }: By & Partial<StartFact> = {}): number {
    const content = this.#sent.get(id) ?? {
      id,
      body: 'null',
      headers: {},
      key: undefined,
      level: undefined,
      type: undefined,
    }
    const { body, headers, key, level, type } = content
    const run = ++this.#runs
    this.#processes.set(run, by)
    this.add(by, {
      ...{ fact: 'start', run, id, body, headers, key, level, type, source: 'orders', consumer: `${by}.1` },
      ...{ how: 'handler', attempt: 1, redriven: 0, ...own },
    })
    return run
  }

  end(run: number, verb: Verb = 'ack', after?: number): this {
    return this.#by(run, { fact: 'end', run, verb, after })
  }

  ask(run: number, verb: Verb = 'ack', after?: number): this {
    return this.#by(run, { fact: 'asked', run, verb, after })
  }

  answer(run: number, verb: Verb = 'ack', code?: string): this {
    return this.#by(run, { fact: 'answered', run, verb, code })
  }

  told(run: number, code = 'MQ_LEASE_LOST'): this {
    return this.#by(run, { fact: 'told', run, code })
  }

  /** Handled from its start to an end that nobody waits for. */
  handle(id: string, own: By & Partial<StartFact> = {}, verb: Verb = 'ack', after?: number): this {
    return this.end(this.start(id, own), verb, after)
  }

  /** Handled, and the broker's word waited for. */
  settle(id: string, own: By & Partial<StartFact> = {}, verb: Verb = 'ack', after?: number): this {
    const run = this.start(id, own)
    return this.ask(run, verb, after).answer(run, verb)
  }

  dead(id: string, own: Partial<Content> & { reason?: string; attempts?: number; source?: string } = {}): this {
    const { body = 'null', headers = {}, key, level, type } = this.#sent.get(id) ?? {}
    const content = { id, body, headers, key, level, type }
    return this.add('a', { fact: 'dead', source: 'orders', reason: 'rejected', attempts: 1, ...content, ...own })
  }

  take(fact: TakenFact['fact'], ids?: readonly string[], repaired = false): this {
    return this.add('a', { fact, source: 'orders', ids, repaired })
  }

  event(event: string, own: By & Partial<EventFact> = {}): this {
    const { by = 'b', ...rest } = own
    const nothing = { source: undefined, id: undefined, attempt: undefined, delay: undefined, reason: undefined }
    return this.add(by, { fact: 'event', event, ...nothing, ...rest })
  }

  life(process: string, what: LifeFact['what'], own: Partial<LifeFact> = {}): this {
    return this.add(process, { fact: 'life', what, ...own })
  }

  /** Harm, and that it happened. */
  harm(fault: string, process = 'b'): this {
    return this.add(process, { fact: 'fault', fault }).add(process, { fact: 'evidence', fault, what: 'it did' })
  }

  #by(run: number, fact: Unseen): this {
    return this.add(this.#processes.get(run)!, fact)
  }
}

const PLAIN: SourceSetting = {
  from: 'orders',
  ordered: false,
  onFailure: 'block',
  attempts: 3,
  classifies: false,
  crashes: 100,
  expires: true,
  drops: false,
  lease: 30_000,
  timeout: 300_000,
  level: undefined,
  dedupe: 0,
  transforms: false,
}

const SETTING: Setting = {
  sources: new Map(),
  ack: 'stored',
  heldAttempts: 'kept',
  duplicates: 'none',
  durability: 'disk',
  peek: 'all',
  held: 'ordered',
  grain: 0,
}

/** One queue, `orders`, as it is by default but for what is given. */
export function setting(source: Partial<SourceSetting> = {}, own: Partial<Setting> = {}): Setting {
  return { ...SETTING, sources: new Map([['orders', { ...PLAIN, ...source }]]), ...own }
}

/** A topic, `placed`, with two groups. */
export function groups(): Setting {
  const group = { ...PLAIN, from: 'placed' }
  return {
    ...SETTING,
    sources: new Map([
      ['placed/mail', group],
      ['placed/stock', group],
    ]),
  }
}

/** What is wrong with a history: the words of the rules. */
export function verdictOn(
  write: (written: Written) => unknown,
  given: Setting = setting(),
  isComplete = true,
): string[] {
  const written = new Written()
  write(written)
  return judge(written.facts, given, isComplete).map(({ rule }) => rule)
}
