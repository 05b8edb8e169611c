import { capabilityProblems, unsupported, type Emulation } from '../capability/resolve.ts'
import { displayName, type Definition, type Group } from '../definition/definition.ts'
import type { Router } from '../emulate/router.ts'
import type { Problem } from '../errors.ts'
import { refuseProblems } from '../options/refuse.ts'
import type { Runtime } from '../runtime.ts'
import type { Driver } from '../spi/driver.ts'
import type { Manifest } from '../spi/manifest.ts'
import type { Target } from '../spi/target.ts'
import type { Targets } from '../targets.ts'
import { addressProblems, doubleProblems, withTopics } from './check-definitions.ts'
import { sayEmulations, sayMissingNet } from './greet.ts'
import { Inventory, type Place, type Within } from './inventory.ts'
import { destinationName } from './names.ts'
import { Report } from './report.ts'
import { weakened, weakest } from './weaker.ts'

/** What a catalogue hangs on. */
export interface CatalogueParts {
  readonly runtime: Runtime
  readonly targets: Targets
  /** The one that the connections use. */
  readonly router: Router
  readonly emulation: Emulation
}

/** What one broker object knows of: its definitions, whether the broker can serve them, and what it has for each. */
export class Catalogue {
  readonly #parts: CatalogueParts
  readonly #definitions = new Set<Definition>()
  readonly #inventory: Inventory
  readonly #report: Report

  constructor(parts: CatalogueParts) {
    this.#parts = parts
    this.#inventory = new Inventory(parts.runtime, parts.targets, parts.router)
    this.#report = new Report(parts.runtime)
  }

  get definitions(): ReadonlySet<Definition> {
    return this.#definitions
  }

  /** From now on every connection has to serve these. @throws MQ_CONFIG */
  expect(definitions: readonly Definition[]): void {
    this.#refuseDoubles(definitions)
    for (const definition of withTopics(definitions)) this.#definitions.add(definition)
    this.#inventory.expect(this.#targetsOf(definitions))
  }

  /** @throws MQ_UNSUPPORTED for a broker that cannot serve the definitions */
  check(manifest: Manifest): void {
    this.#refuse(manifest, this.#problems(manifest, [...this.#definitions]))
  }

  /** On a new connection everything must exist. @throws MQ_NOT_FOUND, MQ_MISMATCH, MQ_UNSUPPORTED for what exists and offers too little */
  async ensure(driver: Driver, within: Within): Promise<void> {
    await this.#inventory.ensure(driver, within)
    const places = this.#inventory.of(this.#inventory.names)
    this.#refuseWeaker(driver.manifest, [...this.#definitions], places)
    this.#report.say(driver.manifest, places)
  }

  /** False: nobody here may make it again. */
  mayRestore(place: Target): boolean {
    return (
      this.#parts.targets.provisionOf(place) === 'create' &&
      this.#inventory.of(new Set([destinationName(place.name)])).length > 0
    )
  }

  restore(driver: Driver, place: Target, within: Within): Promise<void> {
    return this.#inventory.restore(driver, place, within)
  }

  /**
   * More definitions: all of them are known from now on, or none. Returns those that are new.
   *
   * @throws MQ_CONFIG, MQ_UNSUPPORTED, MQ_MISMATCH and what the broker says
   */
  async declare(
    driver: Driver,
    definitions: readonly Definition[],
    replace: boolean,
    within: Within,
  ): Promise<Definition[]> {
    const { manifest } = driver
    const all = withTopics(definitions)
    this.#refuseDoubles(all)
    this.#refuse(manifest, this.#problems(manifest, all))
    const targets = this.#targetsOf(definitions)
    const unknown = targets.filter((target) => !this.#inventory.has(target))
    const places = await this.#inventory.add(driver, targets, replace, within)
    try {
      this.#refuseWeaker(manifest, all, places)
    } catch (error) {
      this.#inventory.drop(unknown)
      throw error
    }
    this.#inventory.keep(places)
    const fresh = all.filter((definition) => !this.#definitions.has(definition))
    for (const definition of fresh) this.#definitions.add(definition)
    this.#report.say(manifest, this.#inventory.of(new Set(all.map((one) => destinationName(displayName(one))))))
    this.greet(manifest, fresh)
    return fresh
  }

  /** A definition that lists the group: it would make it again. */
  lister({ name, topic }: Group): Definition | undefined {
    return [...this.#definitions].find(
      (known) => known.kind === 'topic' && known.name === topic.name && known.groups.includes(name),
    )
  }

  /** The group is removed from the broker, and is nobody's here any more. */
  async remove(driver: Driver, group: Group, within: Within): Promise<void> {
    const { targets } = this.#parts
    const places = [targets.main(group), targets.dead(group)]
    for (const place of places) await within(driver.remove(place))
    this.#inventory.drop(places)
    const name = displayName(group)
    for (const known of this.#definitions) if (displayName(known) === name) this.#definitions.delete(known)
  }

  /** What the broker offers to a definition: less where what exists is weaker. */
  manifestOf(definition: Definition, manifest: Manifest): Manifest {
    return this.#effective(
      manifest,
      definition,
      this.#inventory.of(new Set([destinationName(displayName(definition))])),
    )
  }

  /** What whoever runs it wants to know of new definitions. */
  greet(manifest: Manifest, definitions: readonly Definition[]): void {
    const { runtime, emulation } = this.#parts
    sayMissingNet(runtime, manifest, definitions)
    if (emulation === 'warn') sayEmulations(runtime, manifest, definitions)
  }

  #effective(manifest: Manifest, definition: Definition, places: readonly Place[]): Manifest {
    const own = new Set(this.#parts.targets.all(definition).map(({ address }) => address))
    const weaker = places
      .filter(({ target }) => own.has(target.address))
      .reduce((all, { found }) => weakest(all, found?.weaker ?? {}), {})
    return Object.keys(weaker).length === 0 ? manifest : weakened(manifest, weaker)
  }

  #problems(manifest: Manifest, definitions: readonly Definition[]): Problem[] {
    return capabilityProblems(manifest, definitions, this.#parts.targets, this.#parts.emulation)
  }

  #refuseWeaker(manifest: Manifest, definitions: readonly Definition[], places: readonly Place[]): void {
    const problems = definitions.flatMap((definition) => {
      const effective = this.#effective(manifest, definition, places)
      if (effective === manifest) return []
      return this.#problems(effective, [definition]).map((problem) => ({
        ...problem,
        message: `${problem.message} (said of what exists at "${this.#parts.targets.main(definition).address}")`,
      }))
    })
    this.#refuse(manifest, problems)
  }

  #refuse(manifest: Manifest, problems: readonly Problem[]): void {
    if (problems.length > 0) throw unsupported(manifest, problems)
  }

  #refuseDoubles(definitions: readonly Definition[]): void {
    const all = [...new Set([...this.#definitions, ...withTopics(definitions)])]
    refuseProblems('MQ_CONFIG', 'These definitions do not go together:', [
      ...doubleProblems(all),
      ...addressProblems(all.flatMap((one) => this.#parts.targets.all(one))),
    ])
  }

  #targetsOf(definitions: readonly Definition[]): Target[] {
    return definitions.flatMap((definition) => this.#parts.targets.all(definition))
  }
}
