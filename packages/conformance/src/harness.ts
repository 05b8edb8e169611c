import type { Adapter } from '@anymq/core/driver'
import type { Broker } from '@anymq/core'
import type { TestClock } from '@anymq/core/testing'

/**
 * Harm that a harness can do on purpose. `cut`: the connections of one broker object break. `slow`: they become slow. `pause`: the broker
 * stands still for a moment and goes on. `restart`: it ends in good order and comes back. `kill`: it dies and comes back.
 * Cases of this version do `cut` and `restart`.
 */
export type Disturbance = 'cut' | 'slow' | 'pause' | 'restart' | 'kill'

/**
 * Does the harm, and resolves with what proves that it happened, in words: `2 connections were cut`; '' where it did not. The way to
 * the connections of a broker object is its `native`.
 */
export type Disturb = (broker: Broker) => Promise<string>

/** What cases run against. */
export interface Product {
  /** `RabbitMQ`, `ElasticMQ`. */
  readonly name: string
  readonly version: string
  /** Whether this is the program itself, something that stands for it, or a part of this process. */
  readonly kind: 'real' | 'emulator' | 'in-process'
}

/** A message put on the broker without the library, by the client that anybody would use. */
export interface RawMessage {
  readonly body: Uint8Array
  /** What the client calls headers, attributes or properties. */
  readonly headers: Readonly<Record<string, string>>
}

/** How a second process gets to the broker: the suite's own program imports `module` and calls what it exports as `adapter`. */
export interface ProcessEntry {
  /** A file URL. It exports `adapter(config)`, which returns an adapter. */
  readonly module: string
  /** Handed over as JSON. */
  readonly config: unknown
  /** Flags for Node. Default: those of this process. */
  readonly execArgv?: readonly string[]
}

/** A place on the broker for one case: names of its own, and nothing shared with other cases but the broker. */
export interface Site {
  /** Set where the broker lives in virtual time; the case then does, too. */
  readonly clock?: TestClock
  /** A new adapter for each broker object, as each process makes its own. */
  adapter(): Adapter
  /** Harm that can be done. Cases that need other harm are `unproven`. Default: none. */
  readonly disturb?: { readonly [Kind in Disturbance]?: Disturb }
  /** How a process is started that can be killed. Without it, a process is a broker object here, and dies by `abandon`. */
  readonly process?: ProcessEntry
  /** Where the broker is in this process: end a broker object as the death of its process would. Without it and `process`, crashes are `unproven`. */
  readonly abandon?: (broker: Broker) => void
  /**
   * Put a message into a queue without the library: `orders` is on the broker as the namespace, a dot and `orders`. Cases that need it are
   * `unproven` without it; this version has none.
   */
  readonly put?: (queue: string, message: RawMessage) => Promise<void>
  /** Physical names of what exists in this place now. Cases that are about nothing else are `unproven` without it. */
  readonly entities?: () => Promise<readonly string[]>
  /** For saboteurs: what stands between a case and the library. */
  readonly disguise?: (broker: Broker) => Broker
  /** Remove everything that the case left, and close what the harness opened. */
  close(): Promise<void>
}

/** All that an adapter's author writes: how to get at the broker, and what can be done to it. */
export interface Harness {
  /** For titles and file names: `memory`, `rabbitmq-4.3`. */
  readonly name: string
  readonly product: Product
  /** What is proven, and its version. */
  readonly adapter: { readonly name: string; readonly version: string }
  /** A place for one case. `namespace` is unique: use it for whatever is named outside of the library. */
  open(namespace: string): Promise<Site> | Site
  /** Ends what the harness itself started. The command calls it when all cases have run; with a test runner you do. */
  close?(): Promise<void>
  /**
   * Cases that fail and are known to, with the reason. They run all the same, and turn red when they pass, or when they fail for want of
   * time or by the harness. Default: none.
   */
  readonly known?: Readonly<Record<string, string>>
  /** Cases that cannot be run here, with the reason: not a way to skip, they are shown in every table. Default: none. */
  readonly unproven?: Readonly<Record<string, string>>
  /**
   * How long a broker may take for what it should do at once, milliseconds. Default 15,000; in virtual time 300,000. With more, cases have
   * more time in all.
   */
  readonly patience?: number
  /** How long to listen to be sure that nothing more comes, milliseconds of the case's time. Default 500; in virtual time three minutes. */
  readonly quiet?: number
}
