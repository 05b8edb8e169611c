import type { BrokerEvent, Definition } from '@anymq/core'
import type { Incoming, Outgoing, Target } from '@anymq/core/driver'
import { seenMessage, type SeenMessage } from '@anymq/core/testing'
import type { Tap } from './tapped.ts'

type Dropped = Extract<BrokerEvent, { event: 'dropped' }>

/** How a message ended. */
export type Outcome = 'acked' | 'dead'

/** One message that ended. */
export interface Ended {
  readonly source: string
  readonly outcome: Outcome
  readonly message: SeenMessage
}

/** Everything that was sent and everything that ended, in order. */
export class Records implements Tap {
  readonly ended: Ended[] = []
  readonly #definitions: ReadonlyMap<string, Definition>
  readonly #sent = new Map<string, SeenMessage[]>()
  /** Given up where the definition says `deadLetter: 'drop'`: the broker sees an acknowledgement. */
  readonly #dropped = new Map<string, Dropped>()

  /** @param definitions by the name for people */
  constructor(definitions: ReadonlyMap<string, Definition>) {
    this.#definitions = definitions
  }

  /** What was sent to a queue or topic. */
  sentTo(name: string): readonly SeenMessage[] {
    return [...(this.#sent.get(name) ?? [])]
  }

  sent({ name, role }: Target, message: Outgoing): void {
    const definition = this.#definitions.get(name)
    if (role !== 'main' || definition === undefined) return
    const list = this.#sent.get(name) ?? []
    list.push(seenMessage(definition, message))
    this.#sent.set(name, list)
  }

  acked({ name, role }: Target, message: Incoming<unknown>): void {
    const definition = this.#definitions.get(name)
    if (role !== 'main' || definition === undefined) return
    const drop = this.#dropped.get(`${name} ${message.id}`)
    if (drop === undefined) this.#end(name, 'acked', seenMessage(definition, message))
    else this.#end(name, 'dead', seenMessage(definition, lost(message, drop)))
    this.#dropped.delete(`${name} ${message.id}`)
  }

  #end(source: string, outcome: Outcome, message: SeenMessage): void {
    this.ended.push({ source, outcome, message })
  }

  dead({ name }: Target, message: Outgoing): void {
    const definition = this.#definitions.get(name)
    if (definition !== undefined) this.#end(name, 'dead', seenMessage(definition, message))
  }

  /** Events say what the broker does not see. */
  note(event: BrokerEvent): void {
    if (event.event === 'dropped') this.#dropped.set(`${event.source} ${event.id}`, event)
  }
}

/** The dead letter that it would have been. */
function lost({ id, body, key, level, headers }: Incoming<unknown>, { reason, error }: Dropped) {
  return { id, body, key, level, headers: { ...headers, 'anymq-reason': reason, 'anymq-error': String(error) } }
}
