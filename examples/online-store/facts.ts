/** The steps of the store, each with a source and workers of its own. */
export const STEPS = [
  'intake',
  'payment',
  'inventory',
  'notification',
  'accounting',
  'fulfilment',
  'reminders',
] as const
export type Step = (typeof STEPS)[number]

/** The steps that work on a placed order, each with a copy of its own. */
export const GROUPS = ['payment', 'inventory', 'notification', 'accounting'] as const satisfies readonly Step[]

/** Why a handler may run once more for the same message. */
export type Cause = 'retry' | 'deferred' | 'given back' | 'crash' | 'redrive' | 'lease lost' | 'restart'

/** Units of an article. */
export interface Units {
  readonly sku: string
  readonly quantity: number
}

/** Something that a handler did. `at` is a time by `now()`, told by the process that did it. */
interface Work {
  readonly step: Step
  readonly id: string
  readonly worker: string
  readonly at: number
}

/**
 * One thing that happened: plain data, so that a worker in another process can report it too. `id` is the message id: the
 * order's, at the intake the line's, of a reminder the cart's.
 */
export type Fact =
  /** It was put where the step gets its work from. */
  | { readonly fact: 'entered'; readonly step: Step; readonly id: string }
  /** A handler started. `call`: the same for all messages of a batch, and for no others of its worker. */
  | (Work & { readonly fact: 'run'; readonly attempt: number; readonly call: number })
  /** Its work is finished; the acknowledgement is the next step. */
  | (Work & { readonly fact: 'done' })
  /** It threw. */
  | (Work & { readonly fact: 'failed' })
  | { readonly fact: 'dead'; readonly step: Step; readonly id: string }
  /** A reason for one more run. */
  | { readonly fact: 'again'; readonly step: Step; readonly id: string; readonly cause: Cause; readonly at: number }
  | { readonly fact: 'charged'; readonly id: string; readonly cents: number; readonly card: string }
  /** The payment provider was down when it was asked. */
  | { readonly fact: 'unanswered'; readonly id: string }
  | { readonly fact: 'reserved'; readonly id: string; readonly items: readonly Units[] }
  | { readonly fact: 'shipped'; readonly id: string }
  | { readonly fact: 'mailed'; readonly id: string; readonly to: string }
  /** One order in the ledger. */
  | { readonly fact: 'booked'; readonly id: string; readonly cents: number }
  /** The ledger took none of these. */
  | { readonly fact: 'not booked'; readonly ids: readonly string[] }
  /** A cart is about to be sent with this delay, in milliseconds. */
  | { readonly fact: 'abandoned'; readonly id: string; readonly delay: number; readonly at: number }
  /** A step that had no workers gets some. */
  | { readonly fact: 'opens'; readonly step: Step; readonly at: number }
  /** A worker is about to be replaced, and has been. */
  | { readonly fact: 'goes'; readonly step: Step; readonly worker: string }
  | { readonly fact: 'replaced'; readonly step: Step; readonly worker: string; readonly heir: string }
  /** A warning or an error of the library. */
  | { readonly fact: 'logged'; readonly text: string }

/** Writes a fact into the books. */
export type Recorder = (fact: Fact) => void

/** The facts of one kind. */
export function factsOf<K extends Fact['fact']>(facts: readonly Fact[], kind: K): Extract<Fact, { fact: K }>[] {
  return facts.filter((fact): fact is Extract<Fact, { fact: K }> => fact.fact === kind)
}
