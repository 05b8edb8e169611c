import type { Queue, Source, Topic } from '@anymq/core'

/** What every message of a case carries unless the case is about bodies. `key` is the ordering key where there is one. */
export interface Item {
  readonly n: number
  readonly key?: string
}

/** What a peer's handler does with each message. */
export interface Behaviour {
  /** Milliseconds that it takes. Default 0. */
  readonly takes?: number
  /** How it ends. Default `return`. */
  readonly ends?: 'return' | 'throw' | 'dead-letter' | 'hang'
  readonly concurrency?: number
}

/** A process of a case that can be killed: it does a few things, because it may have to be told over a wire. */
export interface Peer {
  readonly name: string
  /** Resolves when it consumes. */
  subscribe(source: Source, behaviour?: Behaviour): Promise<void>
  /** Take messages and keep them, unsettled. Resolves with their ids. */
  hold(source: Source, options: { readonly max: number; readonly wait: number }): Promise<readonly string[]>
  /** Acknowledge what it holds; resolves with one entry for each: undefined, or the code it was refused with. */
  ackHeld(): Promise<readonly (string | undefined)[]>
  /** Send one after the other, awaiting each. Resolves with the ids. */
  send(to: Queue<Item> | Topic<Item>, items: readonly Item[], ids?: readonly string[]): Promise<readonly string[]>
  /** It dies at once: nothing is settled, closed or said. */
  kill(): Promise<void>
  close(): Promise<void>
  /** Close, and end as a program does that has nothing left to do. Rejects if something keeps it alive, with what is known of it. */
  leave(): Promise<void>
}
