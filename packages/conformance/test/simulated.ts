import type { Verb } from '../src/history/facts.ts'
import { Written } from './written.ts'

/** One step of a simulated case. What cannot be done at the moment is not done. */
export type Step =
  | { readonly do: 'send'; readonly by: 'a' | 'd'; readonly key: 'k' | 'l' | undefined; readonly delay: number }
  | { readonly do: 'start'; readonly by: Worker; readonly pick: number }
  | {
      readonly do: 'end'
      readonly pick: number
      readonly verb: Verb
      readonly after: number
      readonly isAwaited: boolean
    }
  | { readonly do: 'wait'; readonly ms: number }
  | { readonly do: 'kill'; readonly by: Worker }
  | { readonly do: 'redrive' }

type Worker = 'b' | 'c'

interface Held {
  readonly id: string
  readonly key: string | undefined
  attempt: number
  redriven: number
  dueAt: number
  /** The run that has it, and the life of the process that runs it. */
  run: number
  by: string
}

const ATTEMPTS = 3
const IN_NO_HAND = 0

/** A small queue that keeps every promise, ordered per key: a head that fails keeps its place. It writes its own history. */
export class Simulated {
  readonly written = new Written()
  readonly #line: Held[] = []
  #dead: Held[] = []
  readonly #lives = { b: 1, c: 1 }
  #sends = 0

  get #now(): number {
    return this.written.now
  }

  do(step: Step): void {
    if (step.do === 'send') this.#send(step)
    else if (step.do === 'start') this.#start(step.by, step.pick)
    else if (step.do === 'end') this.#end(step)
    else if (step.do === 'wait') this.written.wait(step.ms)
    else if (step.do === 'kill') this.#kill(step.by)
    else this.#redrive()
  }

  /** Everything that is left is handled, and what is dead is looked at. */
  finish(): void {
    for (const held of this.#line) if (held.run !== IN_NO_HAND) this.#settle(held, 'ack', 0, false)
    while (this.#line.length > 0) {
      this.written.wait(100_000)
      this.#start('b', 0)
      const held = this.#line.find(({ run }) => run !== IN_NO_HAND)!
      this.#settle(held, 'ack', 0, true)
    }
    for (const { id, attempt } of this.#dead) {
      const reason = attempt >= ATTEMPTS ? 'attempts' : 'rejected'
      this.written.dead(id, { attempts: attempt, reason })
    }
    this.written.wait(100_000).life('auditor', 'closed')
  }

  #send({ by, key, delay }: Extract<Step, { do: 'send' }>): void {
    const id = `m${++this.#sends}`
    // What is delayed would block its key: only what has none can be.
    const notBefore = key === undefined && delay > 0 ? this.#now + delay : 0
    this.written.send(id, { by, key, notBefore })
    this.#line.push({ id, key, attempt: 1, redriven: 0, dueAt: notBefore, run: IN_NO_HAND, by: '' })
  }

  #start(by: Worker, pick: number): void {
    const heads = this.#line.filter(
      (held, index) =>
        held.run === IN_NO_HAND &&
        held.dueAt <= this.#now &&
        (held.key === undefined || this.#line.findIndex(({ key }) => key === held.key) === index),
    )
    const held = heads[pick % heads.length]
    if (held === undefined) return
    const { id, attempt, redriven } = held
    held.by = `${by}${this.#lives[by]}`
    held.run = this.written.start(id, { by: held.by, consumer: `${held.by}.1`, attempt, redriven })
  }

  #end({ pick, verb, after, isAwaited }: Extract<Step, { do: 'end' }>): void {
    const inHand = this.#line.filter(({ run }) => run !== IN_NO_HAND)
    const held = inHand[pick % inHand.length]
    if (held !== undefined) this.#settle(held, verb, after, isAwaited)
  }

  #settle(held: Held, verb: Verb, after: number, isAwaited: boolean): void {
    const { run } = held
    const wait = verb === 'retry' || verb === 'defer' ? after : undefined
    if (isAwaited) this.written.ask(run, verb, wait).answer(run, verb)
    else this.written.end(run, verb, wait)
    held.run = IN_NO_HAND
    held.dueAt = this.#now + after
    const isDead = verb === 'dead-letter' || (verb === 'retry' && held.attempt >= ATTEMPTS)
    if (verb === 'ack' || isDead) this.#line.splice(this.#line.indexOf(held), 1)
    if (isDead) {
      this.#dead.push(held)
      this.written.event('dead-letter', { by: held.by, source: 'orders', id: held.id, attempt: held.attempt })
    } else if (verb === 'retry') held.attempt++
  }

  /** Its successor is another process. What it held comes again, uncounted. */
  #kill(by: Worker): void {
    const name = `${by}${this.#lives[by]++}`
    this.written.life(name, 'killed')
    for (const held of this.#line) if (held.by === name) held.run = IN_NO_HAND
  }

  #redrive(): void {
    for (const held of this.#dead) Object.assign(held, { attempt: 1, redriven: held.redriven + 1, dueAt: 0 })
    if (this.#dead.length > 0) this.written.take('redriven')
    this.#line.push(...this.#dead)
    this.#dead = []
  }
}
