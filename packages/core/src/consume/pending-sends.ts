import type { Queue, Topic } from '../definition/definition.ts'
import { MqError, toMqError } from '../errors.ts'
import type { SendOptions } from '../send/options.ts'
import type { Delivery } from './delivery.ts'
import { TAKEN } from './delivery-state.ts'

/** Where messages that handlers send go. */
export interface Outbox {
  send(to: Queue | Topic, body: unknown, options: SendOptions | undefined): Promise<string>
}

/** What was sent from one message and is not confirmed yet. Its settlement waits for it. */
export class PendingSends {
  /** The first send that failed. */
  failure: MqError | null = null
  /** An `ack()` waits: it is the settlement, though the broker does not know yet. */
  isAcking = false
  #open = 0
  #waiting: (() => void)[] = []

  add(sent: Promise<string>): void {
    this.#open++
    sent.then(
      () => this.#ended(),
      (error: unknown) => {
        this.failure ??= toMqError(error, 'MQ_SEND')
        this.#ended()
      },
    )
  }

  /** Resolves when none is on its way; null: none is. */
  get idle(): Promise<void> | null {
    return this.#open === 0 ? null : new Promise((resolve) => this.#waiting.push(resolve))
  }

  #ended(): void {
    if (--this.#open > 0) return
    for (const resolve of this.#waiting.splice(0)) resolve()
  }
}

/** True while nobody has said what becomes of a message. */
export function isUndecided(delivery: Delivery): boolean {
  return delivery.state === TAKEN && delivery.sends?.isAcking !== true
}

/** Resolves when nothing that was sent from these messages is on its way; null: nothing is. */
export function sendsOf(deliveries: readonly Delivery[]): Promise<void> | null {
  const open = deliveries.map(({ sends }) => sends?.idle ?? null).filter((idle) => idle !== null)
  return open.length === 0 ? null : Promise.all(open).then(() => undefined)
}

/** Send from a message: caused by it, and before it is settled. */
export function sendFrom(delivery: Delivery, to: Queue | Topic, body: unknown, options: unknown): Promise<string> {
  const sent = guardedSend(delivery, to, body, options)
  if (isUndecided(delivery)) (delivery.sends ??= new PendingSends()).add(sent)
  return sent
}

function guardedSend(delivery: Delivery, to: Queue | Topic, body: unknown, options: unknown): Promise<string> {
  try {
    return delivery.holder!.outbox.send(to, body, causedBy(delivery, options))
  } catch (error) {
    return refused(toMqError(error, 'MQ_INVALID'))
  }
}

function causedBy(delivery: Delivery, options: unknown): SendOptions {
  // What is no object goes on as it is: `send` says what is wrong with it.
  if (options !== undefined && (typeof options !== 'object' || options === null)) return options as never
  const { causedBy: other } = (options ?? {}) as SendOptions
  if (other !== undefined && other !== delivery)
    throw new MqError(
      'MQ_INVALID',
      'message.send: causedBy is the message itself; leave it out, or use broker.send for another cause',
    )
  return { ...options, causedBy: delivery }
}

/** Acknowledge when everything that was sent from the message is confirmed; otherwise it has failed with the send's error. */
export function ackAfterSends(delivery: Delivery, sends: PendingSends): Promise<void> {
  sends.isAcking = true
  const acked = ackWhenSent(delivery, sends)
  // Not awaiting a verb is allowed: its failure is an event, not a crash.
  acked.catch(ignore)
  return acked
}

async function ackWhenSent(delivery: Delivery, sends: PendingSends): Promise<void> {
  for (let { idle } = sends; idle !== null; { idle } = sends) await idle
  const { failure } = sends
  if (failure === null)
    return delivery.engine.settleFor(delivery, { receipt: delivery.incoming.receipt, action: 'ack' })
  await delivery.engine.failFor(delivery, failure)
  throw failure
}

function refused(error: MqError): Promise<never> {
  const promise = Promise.reject<never>(error)
  promise.catch(ignore)
  return promise
}

function ignore(): void {
  // The caller has the same promise.
}
