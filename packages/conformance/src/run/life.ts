import { createBroker, silentLogger, type Level } from '@anymq/core'
import type { Capabilities, Manifest } from '@anymq/core/driver'
import type { Case } from '../case.ts'
import { judge, type Problem } from '../history/judge.ts'
import type { Setting } from '../history/setting.ts'
import { settingOf } from '../history/settings.ts'
import type { Time } from '../time/time.ts'
import { Lack } from '../world/lack.ts'
import type { World } from '../world/world.ts'
import { audit } from './audit.ts'
import { findingOf, problemsFound, type Finding } from './finding.ts'
import { testRefusal } from './refusal.ts'

/** Real milliseconds, where time is real: for the case, and for closing and accounting. */
export interface Limits {
  readonly budget: number
  readonly after: number
}

/** Virtual milliseconds that no case needs. */
const LONGEST = 2 * 3_600_000
/** By how much two clocks of one machine may disagree. */
const GRAIN = 2
/** Milliseconds in which a broker object says why it could not connect, or closes. */
const WORDS = 5000

/** One case in its world, from its beginning to its account. */
export class Life {
  readonly level: Level
  readonly #one: Case
  readonly #world: World
  readonly #time: Time
  readonly #limits: Limits
  readonly #setting: Setting
  readonly #lacks: readonly (keyof Capabilities)[]
  #unproven: string | undefined

  constructor(one: Case, world: World, time: Time, limits: Limits, manifest: Manifest) {
    this.#one = one
    this.#world = world
    this.#time = time
    this.#limits = limits
    this.#setting = settingOf(one.uses, manifest, time.clock === undefined ? GRAIN : 0)
    this.#lacks = (one.needs ?? []).filter((need) => manifest.capabilities[need] === 'unsupported')
    this.level = levelOf(one.needs ?? [], manifest)
  }

  /** What the harness could not do, where that was found only on the way. */
  get unproven(): string | undefined {
    return this.#unproven
  }

  /** Do what the case says; where what it stands on is not there, test that it is refused. */
  async act(): Promise<Finding | undefined> {
    try {
      await this.#inTime('the case', () => this.#act(), this.#limits.budget)
      return undefined
    } catch (error) {
      // It ended too early to tell what is lost; what was seen is judged all the same.
      const problems = judge(this.#world.history.facts, this.#setting, false)
      if (!(error instanceof Lack) || problems.length > 0) return findingOf(error, problems, this.#world.seed)
      this.#unproven = error.message
      return undefined
    }
  }

  /** Close everything that the case opened. */
  async tidy(): Promise<Finding | undefined> {
    try {
      await this.#inTime('closing', () => this.#world.tidy(), this.#limits.after)
      return undefined
    } catch (error) {
      const { message } = findingOf(error, [], this.#world.seed)
      return { trouble: 'late', message: `closing what the case had opened failed: ${message}` }
    }
  }

  /** Account for everything that was sent, and judge the whole history. */
  async account(): Promise<Finding | undefined> {
    if (this.#lacks.length > 0) return undefined
    const { seed } = this.#world
    try {
      const work = (): Promise<readonly Problem[]> => audit(this.#world, this.#one.uses, this.#setting)
      const problems = await this.#inTime('accounting for what was sent', work, this.#limits.after)
      return problems.length === 0 ? undefined : problemsFound(problems, seed)
    } catch (error) {
      return findingOf(error, judge(this.#world.history.facts, this.#setting, false), seed)
    }
  }

  /** What a closed broker object must not leave. */
  leaks(): Finding | undefined {
    const { timersLeft = 0 } = this.#time
    if (timersLeft === 0) return undefined
    return { trouble: 'leak', message: `timers are left after every broker object was closed: ${timersLeft}` }
  }

  #inTime<T>(what: string, work: () => Promise<T>, real: number): Promise<T> {
    return this.#time.run(what, work, this.#time.clock === undefined ? real : LONGEST)
  }

  /** What is done in it, unless that goes on for ever. */
  #act(): Promise<void> {
    const act = this.#lacks.length > 0 ? testRefusal(this.#one, this.#lacks, this.#world) : this.#one.run(this.#world)
    return Promise.race([act, this.#world.history.endless])
  }
}

/** What the broker offers, as a broker object without definitions finds it. */
export async function probe(world: World, time: Time, limit: number): Promise<Manifest> {
  return time.run(
    'connecting',
    async () => {
      const broker = await createBroker(world.site.adapter(), {
        definitions: [],
        logger: silentLogger,
        // Less than the limit: then it ends by itself, and names what the broker says.
        timeout: limit,
        ...(time.clock !== undefined && { clock: time.clock }),
      })
      try {
        return broker.capabilities
      } finally {
        await broker.close({ timeout: WORDS })
      }
    },
    limit + WORDS,
  )
}

/** How the broker keeps what a case stands on: as well as the weakest of it. */
function levelOf(needs: readonly (keyof Capabilities)[], { capabilities }: Manifest): Level {
  const levels = needs.map((need) => capabilities[need])
  if (levels.includes('unsupported')) return 'unsupported'
  return levels.includes('emulated') ? 'emulated' : 'native'
}
