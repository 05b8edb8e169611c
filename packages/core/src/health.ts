/** `degraded`: it works, with a reason to look. `down`: no connection. */
export type HealthStatus = 'up' | 'degraded' | 'down'

export interface Health {
  readonly status: HealthStatus
  /** Sentences; empty when `up`. */
  readonly reasons: readonly string[]
}

/** Collects what is wrong, each fact under a key of its own, so that what heals is taken back alone. */
export class HealthBoard {
  readonly #facts = new Map<string, { readonly status: HealthStatus; readonly reason: string }>()
  readonly #changed: (health: Health) => void

  constructor(changed: (health: Health) => void) {
    this.#changed = changed
  }

  report(key: string, status: 'degraded' | 'down', reason: string): void {
    const known = this.#facts.get(key)
    if (known?.status === status && known.reason === reason) return
    this.#facts.set(key, { status, reason })
    this.#changed(this.read())
  }

  clear(key: string): void {
    if (this.#facts.delete(key)) this.#changed(this.read())
  }

  read(): Health {
    const facts = [...this.#facts.values()]
    const status = facts.some((fact) => fact.status === 'down') ? 'down' : facts.length > 0 ? 'degraded' : 'up'
    return { status, reasons: facts.map((fact) => fact.reason) }
  }
}
