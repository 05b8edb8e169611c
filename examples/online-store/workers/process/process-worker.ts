import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { Fact, Recorder, Step } from '../../facts.ts'
import { now } from '../../now.ts'
import type { Parts } from '../../parts.ts'
import type { Place } from '../../place/place.ts'
import type { Services } from '../../world/services.ts'
import type { World } from '../../world/world.ts'
import type { Worker } from '../worker.ts'
import type { Call, FromWorker, ToWorker } from './protocol.ts'

const PROGRAM = join(import.meta.dirname, 'program.ts')
/** Milliseconds that a worker has to go by itself. */
const GOES_WITHIN = 10_000
/** An acknowledgement that is younger than this may still have been on its way when the process died. Milliseconds. */
const JUST_DONE = 1000

/** Resolves when the process is at work. @throws what it could not do */
export async function startProcess(
  step: Step,
  name: string,
  { world, place, parts }: { readonly world: World; readonly place: Place; readonly parts: Parts },
  record: Recorder,
): Promise<Worker> {
  const child = fork(PROGRAM, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  const worker = new ProcessWorker(child, step, name, world, record)
  const { url, namespace } = place
  tell(child, { say: 'begin', step, name, address: { url, namespace }, parts, seed: worker.pid })
  await worker.ready
  return worker
}

class ProcessWorker implements Worker {
  readonly name: string
  readonly step: Step
  readonly ready: Promise<void>
  readonly held = new Set<string>()
  readonly #child: ChildProcess
  readonly #gone: Promise<unknown>
  readonly #services: Services
  readonly #record: Recorder
  readonly #doneAt = new Map<string, number>()
  #answered!: (refusal?: Error) => void

  constructor(child: ChildProcess, step: Step, name: string, services: Services, record: Recorder) {
    this.name = name
    this.step = step
    this.#child = child
    this.#services = services
    this.#record = record
    this.#gone = once(child, 'exit')
    this.ready = new Promise((resolve, reject) => {
      this.#answered = (refusal) => (refusal === undefined ? resolve() : reject(refusal))
    })
    child.on('message', (message: FromWorker) => this.#hear(message))
    void this.#gone.then(() => this.#answered(new Error(`the process of ${name} ended before it was at work`)))
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  /** SIGKILL. Whatever it held, and what it has acknowledged in its last moment, may be handled again by others. */
  async crash(): Promise<readonly string[]> {
    const died = now()
    this.#child.kill('SIGKILL')
    await this.#gone
    const held = [...this.held]
    const since = performance.now() - JUST_DONE
    const justDone = [...this.#doneAt].filter(([, at]) => at >= since).map(([id]) => id)
    for (const id of new Set([...held, ...justDone]))
      this.#record({ fact: 'again', step: this.step, id, cause: 'crash', at: died })
    return held
  }

  /** SIGTERM, as from whatever runs services: `broker.run` finishes what is in hand, and ends. */
  async close(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    this.#child.kill('SIGTERM')
    const tooLong = setTimeout(() => this.#child.kill('SIGKILL'), GOES_WITHIN)
    await this.#gone
    clearTimeout(tooLong)
  }

  #hear(message: FromWorker): void {
    if (message.say === 'ready') this.#answered()
    else if (message.say === 'refused') this.#refused(message.why)
    else if (message.say === 'fact') this.#note(message.fact)
    else void this.#serve(message.number, message.call)
  }

  /** Before it was at work its employer hears of it; later it leaves work undone, and the books say why. */
  #refused(why: string): void {
    this.#answered(new Error(why))
    this.#record({ fact: 'logged', text: `${this.name}: ${why}` })
  }

  #note(fact: Fact): void {
    if (fact.fact === 'run') this.held.add(fact.id)
    if (fact.fact === 'done') this.#doneAt.set(fact.id, performance.now())
    if (fact.fact === 'done' || fact.fact === 'failed') this.held.delete(fact.id)
    this.#record(fact)
  }

  async #serve(number: number, call: Call): Promise<void> {
    try {
      tell(this.#child, { say: 'answer', number, value: await answer(this.#services, call) })
    } catch (error) {
      const { name, message } = error as Error
      tell(this.#child, { say: 'failure', number, name, why: message })
    }
  }
}

function answer({ provider, warehouse, ledger, mail }: Services, call: Call): Promise<unknown> {
  // A customer who hangs up does not stop a charge that is under way: nobody aborts it here.
  if (call.service === 'charge') return provider.charge({ ...call.order, signal: new AbortController().signal })
  if (call.service === 'reserve') return warehouse.reserve(...call.order)
  if (call.service === 'ship') return warehouse.ship(call.order)
  if (call.service === 'insert') return ledger.insert(call.order)
  return mail.send(call.order)
}

/** A process that is gone hears nothing. */
function tell(child: ChildProcess, message: ToWorker): void {
  if (child.connected) child.send(message, () => {})
}
