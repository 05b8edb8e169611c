import type { SendOutcome } from '@anymq/core'

/** The ways of settling that a user has. */
export type Verb = 'ack' | 'retry' | 'dead-letter' | 'defer'

/** Milliseconds on one timeline that all processes of a case share, and the process that saw it. */
interface Seen {
  readonly at: number
  readonly process: string
}

/** What a message says of itself, on its way in and out. `body` is its text, or what stands for its bytes. */
export interface Content {
  readonly id: string
  readonly body: string
  readonly headers: Readonly<Record<string, string>>
  readonly key: string | undefined
  readonly level: string | undefined
  readonly type: string | undefined
}

/** Somebody asked for a send. `send` numbers it, in the order of the calls. */
export interface SendFact extends Seen, Content {
  readonly fact: 'send'
  readonly send: number
  /** A queue or topic, by its name. */
  readonly to: string
  /** Time before which it must not be delivered; 0: at once. */
  readonly notBefore: number
  readonly dedupeId: string | undefined
}

/** The send resolved with this id. */
export interface ConfirmedFact extends Seen {
  readonly fact: 'confirmed'
  readonly send: number
  readonly id: string
}

/** The send was rejected. */
export interface RefusedFact extends Seen {
  readonly fact: 'refused'
  readonly send: number
  readonly code: string
  readonly outcome: SendOutcome
}

/** A message came into the hands of a user: a handler was called with it, or a `receive` resolved with it. `run` numbers it. */
export interface StartFact extends Seen, Content {
  readonly fact: 'start'
  readonly run: number
  /** A queue, or a group as `topic/group`. */
  readonly source: string
  readonly consumer: string
  readonly how: 'handler' | 'receive'
  readonly attempt: number
  readonly redriven: number
}

/** A handler ended. `verb` is what its end asks for: return is ack, a throw is what the error says. */
export interface EndFact extends Seen {
  readonly fact: 'end'
  readonly run: number
  readonly verb: Verb
  /** Milliseconds that it said itself before it may come again; undefined: as the policy says. */
  readonly after: number | undefined
}

/** A verb of the message was called. */
export interface AskedFact extends Seen {
  readonly fact: 'asked'
  readonly run: number
  readonly verb: Verb
  readonly after: number | undefined
}

/** That verb resolved (`code` undefined) or was rejected. */
export interface AnsweredFact extends Seen {
  readonly fact: 'answered'
  readonly run: number
  readonly verb: Verb
  readonly code: string | undefined
}

/** The signal of the message aborted: its lease is lost, its time is out, or its process closes. */
export interface ToldFact extends Seen {
  readonly fact: 'told'
  readonly run: number
  readonly code: string
}

/** It was seen in the dead-letter queue of its source. */
export interface DeadFact extends Seen, Content {
  readonly fact: 'dead'
  readonly source: string
  readonly reason: string
  readonly attempts: number
}

/** The case put a message on the broker without the library, and it is told by its id, or by its body where nobody chose an id. */
export interface PutFact extends Seen {
  readonly fact: 'put'
  /** A queue or topic, or a source where it was put into a place that this source alone has. */
  readonly to: string
  readonly id: string | undefined
  /** As a handler would see it; where nobody can read it, what stands for its bytes. */
  readonly body: string
}

/** Somebody took these out of the source or of its dead letters on purpose; undefined: all that was there. */
export interface TakenFact extends Seen {
  readonly fact: 'redriven' | 'discarded' | 'purged'
  readonly source: string
  readonly ids: readonly string[] | undefined
  /** A redrive that may have changed bodies. */
  readonly repaired?: boolean
}

/** What the library said by itself: the broker object's events. Fields that an event lacks are undefined. */
export interface EventFact extends Seen {
  readonly fact: 'event'
  readonly event: string
  readonly source: string | undefined
  readonly id: string | undefined
  readonly attempt: number | undefined
  /** A retry's wait, milliseconds. */
  readonly delay: number | undefined
  /** Why a message was dead-lettered or dropped. */
  readonly reason: string | undefined
}

/**
 * A process began, began to close, had closed, died, stood still or went on; or one subscription or consumer of it, then named,
 * began, began to close, had closed, paused, went on.
 */
export interface LifeFact extends Seen {
  readonly fact: 'life'
  readonly what: 'opened' | 'closing' | 'closed' | 'killed' | 'frozen' | 'thawed' | 'paused' | 'resumed'
  readonly consumer?: string
  /** What a consumer that opened consumes. */
  readonly source?: string
  /** It hands out batches: messages of one key may be in one hand together. */
  readonly batches?: boolean
  /** It has a policy of its own: so many attempts. */
  readonly attempts?: number
  /** It has a policy of its own: errors can be final. */
  readonly classifies?: boolean
  /** It has a policy of its own: what has used up its attempts is lost. */
  readonly drops?: boolean
}

/** The case did harm on purpose. It counts only where `evidence` says that it happened. */
export interface FaultFact extends Seen {
  readonly fact: 'fault'
  readonly fault: string
}

export interface EvidenceFact extends Seen {
  readonly fact: 'evidence'
  readonly fault: string
  readonly what: string
}

export type Fact =
  | SendFact
  | ConfirmedFact
  | RefusedFact
  | StartFact
  | EndFact
  | AskedFact
  | AnsweredFact
  | ToldFact
  | DeadFact
  | TakenFact
  | EventFact
  | LifeFact
  | PutFact
  | FaultFact
  | EvidenceFact
