import type { Definitions } from '../definitions.ts'
import type { Recorder, Step } from '../facts.ts'
import type { Parts } from '../parts.ts'
import type { Place } from '../place/place.ts'
import type { World } from '../world/world.ts'
import { InProcessWorker } from './in-process-worker.ts'
import { startProcess } from './process/process-worker.ts'
import { jobOf } from './roles.ts'
import type { Worker } from './worker.ts'

/** How many workers a step has. */
export const HEADS: Readonly<Record<Step, number>> = {
  intake: 2,
  payment: 3,
  inventory: 2,
  notification: 2,
  accounting: 2,
  fulfilment: 2,
  reminders: 1,
}

/** What workers work with. */
export interface Premises {
  readonly world: World
  readonly place: Place
  readonly parts: Parts
  readonly definitions: Definitions
}

/** The staff of the store: each worker competes with the others of its step. */
export class Team {
  readonly #premises: Premises
  readonly #record: Recorder
  readonly #workers: Worker[] = []
  readonly #hired = new Map<Step, number>()

  constructor(premises: Premises, record: Recorder) {
    this.#premises = premises
    this.#record = record
  }

  get workers(): readonly Worker[] {
    return this.#workers
  }

  of(step: Step): Worker[] {
    return this.#workers.filter((worker) => worker.step === step)
  }

  /** All workers of these steps; when one cannot start, those that could are there all the same until the team closes. */
  async hire(steps: Iterable<Step>): Promise<void> {
    const places = [...steps].flatMap((step) => new Array<Step>(HEADS[step]).fill(step))
    const hired = await Promise.allSettled(places.map((step) => this.#hireOne(step)))
    const refusal = hired.find((one) => one.status === 'rejected')
    if (refusal !== undefined) throw refusal.reason
  }

  /** One goes when it has finished what it has in its hands; then another one comes. */
  async replace(worker: Worker): Promise<Worker> {
    await worker.close()
    this.#workers.splice(this.#workers.indexOf(worker), 1)
    return this.#hireOne(worker.step)
  }

  async close(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.close()))
  }

  async #hireOne(step: Step): Promise<Worker> {
    const number = (this.#hired.get(step) ?? 0) + 1
    this.#hired.set(step, number)
    const worker = await this.#start(step, `${step}-${number}`)
    this.#workers.push(worker)
    return worker
  }

  /** A broker inside this process is out of reach for another one. */
  #start(step: Step, name: string): Promise<Worker> {
    if (this.#premises.place.isShared) return startProcess(step, name, this.#premises, this.#record)
    return this.#startHere(step, name)
  }

  async #startHere(step: Step, name: string): Promise<Worker> {
    const { world, place, definitions } = this.#premises
    const job = jobOf(step, definitions, world)
    const worker = await InProcessWorker.hire(name, job, place.connect, this.#record)
    // A worker that dies of an error leaves its work undone; that the check will see, and here is why.
    worker.work(job, false).catch((error: Error) => this.#record({ fact: 'logged', text: `${name}: ${error.message}` }))
    return worker
  }
}
