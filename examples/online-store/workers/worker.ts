import type { BatchHandler, Broker, BrokerOptions, Definition, Handler, Handling } from '@anymq/core'
import type { Recorder, Step } from '../facts.ts'

/** Somebody who does one job: an object in this process, or a process of its own. */
export interface Worker {
  readonly name: string
  readonly step: Step
  /** Ids of the messages in its hands now. */
  readonly held: ReadonlySet<string>
  /** Dies as a process does: says nothing, gives nothing back, finishes nothing. Resolves with the ids it held. */
  crash(): Promise<readonly string[]>
  /** Finishes what it has in its hands, and goes. */
  close(): Promise<void>
}

/** The work of one step. */
export interface Job {
  readonly step: Step
  /** What its worker consumes and sends to. */
  readonly definitions: readonly Definition[]
  /** What `broker.run` runs. */
  readonly handling: (place: Workplace) => Handling
}

/** What a handler finds around it. */
export interface Workplace {
  /** The worker's own connection. */
  readonly broker: Broker
  readonly record: Recorder
  /** Everything a handler waits for goes through here: what a dead worker waits for never comes. */
  readonly whileAlive: <T>(work: Promise<T>) => Promise<T>
  /** The same handler, with what it does written into the books. */
  readonly booked: <Body>(handler: Handler<Body>) => Handler<Body>
  readonly bookedBatch: <Body>(handler: BatchHandler<Body>) => BatchHandler<Body>
}

/** Opens a broker object: one for each worker, as a process would have. */
export type Connect = (options: Pick<BrokerOptions, 'definitions' | 'logger' | 'onEvent'>) => Promise<Broker>
