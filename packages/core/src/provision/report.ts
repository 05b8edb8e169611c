import type { Runtime } from '../runtime.ts'
import { widerThan } from '../spi/fingerprint.ts'
import type { Manifest } from '../spi/manifest.ts'
import type { Place } from './inventory.ts'
import { destinationName } from './names.ts'
import { differences } from './weaker.ts'

/** Says what was found on the broker, once for each fact: what offers less, what cannot be known, what is wider than this process knows. */
export class Report {
  readonly #runtime: Runtime
  /** Destinations that have more than we list, and what. */
  readonly #wider = new Map<string, string>()

  constructor(runtime: Runtime) {
    this.#runtime = runtime
  }

  /** @param places everything that belongs to the destinations in question */
  say(manifest: Manifest, places: readonly Place[]): void {
    this.#sayWeaker(manifest, places)
    this.#sayUnverified(places)
    this.#sayWider(manifest, places)
  }

  #sayWeaker(manifest: Manifest, places: readonly Place[]): void {
    for (const { target, found } of places) {
      const weaker = differences(manifest, found?.weaker ?? {}).join(', ')
      if (weaker === '' || !this.#runtime.first(`weaker ${target.address}: ${weaker}`)) continue
      this.#runtime.log.warn(
        { destination: target.name, address: target.address, weaker },
        'what is there offers less than the broker',
      )
    }
  }

  #sayUnverified(places: readonly Place[]): void {
    const facts = places
      .flatMap(({ target, found }) => (found?.unverified ?? []).map((fact) => `"${target.address}": ${fact}`))
      .filter((fact) => this.#runtime.first(`unverified ${fact}`))
    if (facts.length === 0) return
    this.#runtime.log.warn(
      { adapter: this.#runtime.adapter, unverified: facts.join('; ') },
      'what is on the broker could not be compared with the definitions',
    )
    this.#runtime.emit({ event: 'unverified', facts })
  }

  #sayWider({ groups }: Manifest, places: readonly Place[]): void {
    const more = new Map<string, Set<string>>()
    for (const { target, found } of places) {
      const name = destinationName(target.name)
      const names = more.get(name) ?? new Set()
      more.set(name, names)
      for (const each of widerThan(target, found?.fingerprint ?? '')) names.add(each)
    }
    for (const [name, names] of more) this.#sayMore(name, [...names], groups === 'closed')
  }

  #sayMore(name: string, more: readonly string[], isClosed: boolean): void {
    const key = `wider ${name}`
    if (more.length === 0) {
      if (this.#wider.delete(name)) this.#runtime.health.clear(key)
      return
    }
    const said = more.join(', ')
    if (this.#wider.get(name) === said) return
    this.#wider.set(name, said)
    const missed = isClosed && said.includes('group "') ? '; what is sent here does not reach such a group' : ''
    const reason =
      `"${name}" has more on the broker than its definition here: ${said}${missed}. Add it here, ` +
      'or drain it first and call broker.declare(definition, { replace: true })'
    this.#runtime.log.warn({ destination: name, more: said }, 'what is on the broker is wider than the definition here')
    this.#runtime.emit({ event: 'wider', destination: name, more })
    this.#runtime.health.report(key, 'degraded', reason)
  }
}
