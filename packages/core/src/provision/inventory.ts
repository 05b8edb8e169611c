import { MqError } from '../errors.ts'
import type { Router } from '../emulate/router.ts'
import { errorOf } from '../failure-error.ts'
import { guardedCall } from '../mechanism/guarded-call.ts'
import type { Runtime } from '../runtime.ts'
import type { Driver, Ensured } from '../spi/driver.ts'
import type { Target } from '../spi/target.ts'
import type { Targets } from '../targets.ts'
import type { Provision } from './deployment.ts'
import { refuseReplacing } from './replacing.ts'
import { destinationName } from './names.ts'

/** Bounds a call in time. */
export type Within = <T>(call: Promise<T>) => Promise<T>

/** A place and what was found there; null: nobody has looked yet. */
export interface Place {
  readonly target: Target
  readonly found: Ensured | null
}

/** What is asked of a place: its own mode, or to be made what the definition says now. */
type Mode = Provision | 'replace'

/** The places on the broker that belong to one broker object's definitions, and what was found there. */
export class Inventory {
  readonly #runtime: Runtime
  readonly #targets: Targets
  readonly #router: Router
  readonly #places = new Map<string, Place>()

  constructor(runtime: Runtime, targets: Targets, router: Router) {
    this.#runtime = runtime
    this.#targets = targets
    this.#router = router
  }

  /** From now on every connection looks at these. */
  expect(targets: readonly Target[]): void {
    for (const target of targets) this.#places.set(keyOf(target), { target, found: this.#foundAt(target) })
  }

  /** Of these destinations. */
  of(names: ReadonlySet<string>): Place[] {
    return [...this.#places.values()].filter(({ target }) => names.has(destinationName(target.name)))
  }

  get names(): ReadonlySet<string> {
    return new Set([...this.#places.values()].map(({ target }) => destinationName(target.name)))
  }

  /**
   * See to every place, in order.
   *
   * @throws whatever the first of them that is not as it must be says
   */
  async ensure(driver: Driver, within: Within): Promise<void> {
    for (const { target } of [...this.#places.values()]) await this.#see(driver, target, within)
  }

  /** What has vanished is made again, with everything that belongs to the same destination. */
  async restore(driver: Driver, place: Target, within: Within): Promise<void> {
    for (const { target } of this.of(new Set([destinationName(place.name)]))) {
      if (this.#targets.provisionOf(target) !== 'create') continue
      const found = await this.#ask(driver, target, 'create', within)
      // A driver that cannot tell what it made: what was missed was not there.
      const isMissed = target.address === place.address && found.created === undefined
      this.#keep(target, isMissed ? { ...found, created: true } : found)
    }
  }

  /** See to new places, which are not kept yet. What fails leaves no trace of those that were not known. */
  async add(driver: Driver, targets: readonly Target[], replace: boolean, within: Within): Promise<Place[]> {
    const seen = new Map<string, Place>()
    try {
      if (replace) await refuseReplacing(driver, targets, within)
      for (const target of targets) {
        const mode = replace ? 'replace' : this.#targets.provisionOf(target)
        seen.set(keyOf(target), { target, found: await this.#ask(driver, target, mode, within) })
      }
    } catch (error) {
      this.drop(targets.filter((target) => !this.#places.has(keyOf(target))))
      throw error
    }
    return [...seen.values()]
  }

  keep(places: readonly Place[]): void {
    for (const { target, found } of places) this.#keep(target, found!)
  }

  /** They are nobody's here any more. */
  drop(targets: readonly Target[]): void {
    for (const target of targets) {
      this.#places.delete(keyOf(target))
      this.#router.forget(target)
    }
  }

  has(target: Target): boolean {
    return this.#places.has(keyOf(target))
  }

  async #see(driver: Driver, target: Target, within: Within): Promise<void> {
    this.#keep(target, await this.#ask(driver, target, this.#targets.provisionOf(target), within))
  }

  /** What had been there before and was made again is reported. */
  #keep(target: Target, found: Ensured): void {
    if (this.#foundAt(target) !== null && found.created === true) this.#sayRedeclared(target)
    this.#places.set(keyOf(target), { target, found })
  }

  async #ask(driver: Driver, target: Target, mode: Mode, within: Within): Promise<Ensured> {
    if (mode === 'none') {
      // What stands for it is known all the same: a topic's messages go to groups that nobody has asked for.
      this.#router.places(target)
      return { unverified: ["everything (provision: 'none')"] }
    }
    try {
      return await within(guardedCall(() => driver.ensure(target, mode)))
    } catch (error) {
      const failed = MqError.is(error) ? error : errorOf(driver.classify(error), this.#runtime.adapter, target.name)
      throw mode === 'verify' && failed.code === 'MQ_NOT_FOUND' ? notThere(target, failed) : failed
    }
  }

  #sayRedeclared({ name, address }: Target): void {
    this.#runtime.log.warn({ destination: name, address }, 'it had vanished from the broker and is declared again')
    this.#runtime.emit({ event: 'redeclared', destination: name, address })
  }

  #foundAt(target: Target): Ensured | null {
    return this.#places.get(keyOf(target))?.found ?? null
  }
}

function keyOf({ role, address }: Target): string {
  return `${role} ${address}`
}

/** Not every broker's own words say what it is that is missing. */
function notThere({ name, address }: Target, { message, adapter, cause }: MqError): MqError<'MQ_NOT_FOUND'> {
  return new MqError(
    'MQ_NOT_FOUND',
    `${message}; "${address}" is missing and provision is 'verify' for "${name}": make it first, or let the library do so with 'create'`,
    { destination: name, cause, ...(adapter === undefined ? {} : { adapter }) },
  )
}
