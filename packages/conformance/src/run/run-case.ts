import type { Level } from '@anymq/core'
import type { Manifest } from '@anymq/core/driver'
import { randomInt, randomUUID } from 'node:crypto'
import type { Case } from '../case.ts'
import type { Harness, Site } from '../harness.ts'
import { realTime } from '../time/real-time.ts'
import type { Time } from '../time/time.ts'
import { VirtualTime } from '../time/virtual-time.ts'
import { World } from '../world/world.ts'
import { findingOf, type Finding } from './finding.ts'
import { Life, probe } from './life.ts'
import { Strays } from './strays.ts'
import type { Outcome, Verdict } from './verdict.ts'

/** How a case is run. */
export interface RunOptions {
  /** Seed of everything that is left to chance. Default: drawn anew. */
  readonly seed?: number
}

/** Real milliseconds in which a harness makes a place, and takes it down. */
const HARNESS_LIMIT = 30_000
/** Real milliseconds for closing and accounting after a case. */
const AFTER_LIMIT = 60_000
const DEFAULT_BUDGET = 20_000
const PATIENCE = { real: 15_000, virtual: 300_000 }
const QUIET = { real: 500, virtual: 180_000 }

/** What became of a case, before anybody asks whether it was expected. */
interface Result {
  readonly level: Level
  readonly finding?: Finding | undefined
  readonly unproven?: string | undefined
}

/** Real milliseconds after which a case has ended, whatever the harness and the driver do: for the runner's own limit. */
export function longestRun(one: Case, harness: Harness): number {
  return 2 * HARNESS_LIMIT + budgetOf(one, harness) + AFTER_LIMIT
}

/** Who waits longer for each thing needs longer for all of them. */
function budgetOf({ budget = DEFAULT_BUDGET }: Case, { patience = 0 }: Harness): number {
  return budget * Math.max(1, patience / PATIENCE.real)
}

/** Run one case. Never rejects, and never hangs: each phase has its limit. */
export async function runCase(
  one: Case,
  harness: Harness,
  { seed = randomInt(1e9) }: RunOptions = {},
): Promise<Verdict> {
  const start = performance.now()
  const reason = harness.unproven?.[one.id]
  const result =
    reason === undefined ? await placed(one, harness, seed) : { level: 'native' as const, unproven: reason }
  return verdictOf(one, harness, result, Math.round(performance.now() - start), seed)
}

async function placed(one: Case, harness: Harness, seed: number): Promise<Result> {
  const namespace = `cf-${randomUUID().slice(0, 8)}`
  let site: Site
  try {
    site = checked(await realTime.run('`open` of the harness', async () => harness.open(namespace), HARNESS_LIMIT))
  } catch (error) {
    return { level: 'native', finding: { ...findingOf(error, [], seed), trouble: 'harness' } }
  }
  const unproven = lackOf(one, site)
  const result: Result =
    unproven === undefined ? await inWorld(one, harness, site, namespace, seed) : { level: 'native', unproven }
  try {
    await realTime.run('`close` of the site that the harness made', async () => site.close(), HARNESS_LIMIT)
  } catch (error) {
    if (result.finding === undefined)
      return { ...result, finding: { ...findingOf(error, [], seed), trouble: 'harness' } }
  }
  return result
}

/** @throws Error for what is no site */
function checked(site: Partial<Site> | undefined): Site {
  const lack = (['adapter', 'close'] as const).find((name) => typeof site?.[name] !== 'function')
  if (lack === undefined) return site as Site
  throw new Error(`\`open\` of the harness returned a site without the function \`${lack}\``)
}

/** What the case needs and the harness cannot do. */
function lackOf({ harm = [], foreign = false }: Case, { disturb, put }: Site): string | undefined {
  const lack = harm.find((fault) => disturb?.[fault] === undefined)
  if (lack !== undefined) return `the harness has no way to do this harm: ${lack}`
  return foreign && put === undefined ? 'the harness has no way to put a message without the library' : undefined
}

async function inWorld(one: Case, harness: Harness, site: Site, namespace: string, seed: number): Promise<Result> {
  const time = site.clock === undefined ? realTime : new VirtualTime(site.clock)
  const kind = site.clock === undefined ? 'real' : 'virtual'
  const { patience = PATIENCE[kind], quiet = QUIET[kind] } = harness
  const world = new World({ id: one.id, site, time, uses: one.uses, namespace, seed, patience, quiet })
  const budget = budgetOf(one, harness)
  const strays = new Strays()
  try {
    // The work has limits in its own time; this one ends what they cannot.
    const result = await realTime.run('the case', () => lived(one, world, time, budget), budget + AFTER_LIMIT)
    const [stray] = await strays.end()
    return { ...result, finding: result.finding ?? unhandled(stray) }
  } catch (error) {
    await strays.end()
    return { level: 'native', finding: findingOf(error, [], seed) }
  } finally {
    await world.end()
  }
}

async function lived(one: Case, world: World, time: Time, budget: number): Promise<Result> {
  let manifest: Manifest
  try {
    manifest = await probe(world, time, budget)
  } catch (error) {
    return { level: 'native', finding: { ...findingOf(error, [], world.seed), trouble: 'harness' } }
  }
  const life = new Life(one, world, time, { budget, after: AFTER_LIMIT }, manifest)
  const acted = await life.act()
  const tidied = await life.tidy()
  const finding = acted ?? tidied ?? (await life.account()) ?? life.leaks()
  return { level: life.level, finding, unproven: finding === undefined ? life.unproven : undefined }
}

function unhandled(stray: string | undefined): Finding | undefined {
  return stray === undefined ? undefined : { trouble: 'claim', message: stray }
}

function verdictOf(one: Case, harness: Harness, result: Result, took: number, seed: number): Verdict {
  const { id, title, area, profile = 'full' } = one
  const known = harness.known?.[id]
  const { outcome, message } = judgedBy(result, known)
  return {
    id,
    title,
    area,
    profile,
    outcome,
    level: result.level,
    took,
    seed,
    ...(outcome === 'fail' && result.finding !== undefined && { trouble: result.finding.trouble }),
    ...(message !== undefined && { message }),
  }
}

function judgedBy({ finding, unproven }: Result, known: string | undefined): { outcome: Outcome; message?: string } {
  if (unproven !== undefined) return { outcome: 'unproven', message: unproven }
  if (known === undefined)
    return finding === undefined ? { outcome: 'pass' } : { outcome: 'fail', message: finding.message }
  // What is known is something that the broker or its adapter does; a run that never came so far shows nothing.
  if (finding?.trouble === 'harness' || finding?.trouble === 'late')
    return { outcome: 'fail', message: finding.message }
  if (finding !== undefined) return { outcome: 'known', message: `${known}\n${finding.message}` }
  return {
    outcome: 'fail',
    message: `it passes, and the harness lists it as known to fail (${known}): take it off the list`,
  }
}
