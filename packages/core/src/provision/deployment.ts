import { destinationName } from './names.ts'

/** `create`: what is missing on the broker is made. `verify`: everything must be there, with the traits of its definition. `none`: nothing is asked. */
export type Provision = 'create' | 'verify' | 'none'

/** How a queue, a topic or a group differs in one deployment. Plain JSON. What a group does not say it has from its topic. */
export interface Override {
  /** The physical name of what exists under a name of its own; its dead-letter queue and other parts are composed from it. Default: composed. */
  readonly name?: string
  /** Default: that of the broker object. */
  readonly provision?: Provision
  /** In place of the definition's native options for the adapter in use. */
  readonly native?: Readonly<Record<string, unknown>>
  /** Handlers at once, for consumers that say nothing. Default: the definition's. Not for topics. */
  readonly concurrency?: number
}

/** Overrides by name: `orders`, `order-placed`, `order-placed/payment`. */
export type Overrides = Readonly<Record<string, Override>>

/** What one deployment says about definitions, by their names for people. */
export class Deployment {
  readonly #provision: Provision
  readonly #overrides: ReadonlyMap<string, Override>

  constructor(provision: Provision = 'create', overrides: Overrides = {}) {
    this.#provision = provision
    this.#overrides = new Map(Object.entries(overrides).map(([name, own]) => [name, Object.freeze({ ...own })]))
  }

  /** Undefined: it is composed. */
  addressOf(name: string): string | undefined {
    return this.#overrides.get(name)?.name
  }

  provisionOf(name: string): Provision {
    return this.#said(name, 'provision') ?? this.#provision
  }

  /** Undefined: the definition's. */
  nativeOf(name: string): Override['native'] {
    return this.#said(name, 'native')
  }

  /** Undefined: the definition's. */
  concurrencyOf(name: string): number | undefined {
    return this.#overrides.get(name)?.concurrency
  }

  #said<K extends keyof Override>(name: string, field: K): Override[K] | undefined {
    return this.#overrides.get(name)?.[field] ?? this.#overrides.get(destinationName(name))?.[field]
  }
}
