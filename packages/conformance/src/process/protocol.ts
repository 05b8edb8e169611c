import type { ProcessEntry } from '../harness.ts'
import type { Behaviour, Item } from '../world/peer.ts'

/** What a second process is told when it begins. */
export interface Beginning {
  readonly entry: ProcessEntry
  /** The case, whose definitions it uses. */
  readonly id: string
  readonly namespace: string
  readonly name: string
  readonly seed: number
  /** Where it numbers its sends and runs from, so that no two processes have the same. */
  readonly from: number
  /** A file that it writes its history to: what is in there survives its death. */
  readonly file: string
}

/** What it is asked to do. Places are numbers in the case's definitions. */
export type Request =
  | { readonly do: 'begin'; readonly beginning: Beginning }
  | { readonly do: 'subscribe'; readonly source: number; readonly behaviour: Behaviour }
  | { readonly do: 'hold'; readonly source: number; readonly max: number; readonly wait: number }
  | { readonly do: 'ackHeld' }
  | {
      readonly do: 'send'
      readonly to: number
      readonly items: readonly Item[]
      readonly ids: readonly string[] | undefined
    }
  | { readonly do: 'close' }
  | { readonly do: 'leave' }

export interface Numbered {
  readonly number: number
  readonly request: Request
}

/** Its answer, or that its history has grown. */
export type Reply =
  | { readonly number: number; readonly value: unknown }
  | { readonly number: number; readonly error: string }
  | { readonly grown: true }
