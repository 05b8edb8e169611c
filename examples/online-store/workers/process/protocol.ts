import type { Fact, Step } from '../../books.ts'
import type { Address } from '../../place/place.ts'
import type { Services } from '../../world/services.ts'

/** A service of the store and what it is asked. Signals do not travel. */
export type Call =
  | { readonly service: 'charge'; readonly order: Omit<Parameters<Services['provider']['charge']>[0], 'signal'> }
  | { readonly service: 'reserve'; readonly order: Parameters<Services['warehouse']['reserve']> }
  | { readonly service: 'mail'; readonly order: Parameters<Services['mail']['send']>[0] }

/** What a worker process says. */
export type FromWorker =
  | { readonly say: 'ready' }
  | { readonly say: 'refused'; readonly why: string }
  | { readonly say: 'fact'; readonly fact: Fact }
  | { readonly say: 'call'; readonly number: number; readonly call: Call }

/** What it is told. */
export type ToWorker =
  | {
      readonly say: 'begin'
      readonly step: Step
      readonly name: string
      readonly address: Address
      readonly seed: number
    }
  | { readonly say: 'answer'; readonly number: number; readonly value: unknown }
  | { readonly say: 'failure'; readonly number: number; readonly why: string }
  | { readonly say: 'close' }
