import type { Fact, Step } from '../../facts.ts'
import type { Parts } from '../../parts.ts'
import type { Address } from '../../place/place.ts'
import type { Services } from '../../world/services.ts'

/** A service of the store and what it is asked. Signals do not travel. */
export type Call =
  | { readonly service: 'charge'; readonly order: Omit<Parameters<Services['provider']['charge']>[0], 'signal'> }
  | { readonly service: 'reserve'; readonly order: Parameters<Services['warehouse']['reserve']> }
  | { readonly service: 'ship'; readonly order: Parameters<Services['warehouse']['ship']>[0] }
  | { readonly service: 'insert'; readonly order: Parameters<Services['ledger']['insert']>[0] }
  | { readonly service: 'mail'; readonly order: Parameters<Services['mail']['send']>[0] }

/** What a worker process says. */
export type FromWorker =
  | { readonly say: 'ready' }
  | { readonly say: 'refused'; readonly why: string }
  | { readonly say: 'fact'; readonly fact: Fact }
  | { readonly say: 'call'; readonly number: number; readonly call: Call }

/** What it is told. That it shall go a signal tells it. */
export type ToWorker =
  | {
      readonly say: 'begin'
      readonly step: Step
      readonly name: string
      readonly address: Address
      readonly parts: Parts
      readonly seed: number
    }
  | { readonly say: 'answer'; readonly number: number; readonly value: unknown }
  | { readonly say: 'failure'; readonly number: number; readonly name: string; readonly why: string }
