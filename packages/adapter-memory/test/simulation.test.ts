import { expect, test } from 'vitest'
import { masked } from './masked.ts'
import { Fleet, jobs, type Fact } from './simulated-fleet.ts'

const RUNS = 150
const MESSAGES = 30
const STEPS = 40
/** A few seconds of work; automation shares its cores. */
const TIME = 60_000

test(
  `settle.release, retry.not-an-attempt, retry.attempts: ${RUNS} simulated fleets that crash, disconnect, close, pause and fail lose nothing, invent nothing and count right`,
  async () => {
    for (let seed = 1; seed <= RUNS; seed++) {
      const problems = await simulate(new Fleet(seed), explain)
      expect(problems, `seed ${seed}`).toEqual([])
    }
  },
  TIME,
)

test(
  `retry.forward-never-loses, retry.held-attempts: ${RUNS} fleets on a broker that cannot count or move lose nothing and invent nothing`,
  async () => {
    for (let seed = 1; seed <= RUNS; seed++) {
      const fleet = new Fleet(seed, (server) => masked({ settlements: true }, server))
      expect(await simulate(fleet, explainHeld), `seed ${seed}`).toEqual([])
    }
  },
  TIME,
)

type Explain = (id: string, fleet: Fleet, dead: readonly string[]) => string[]

async function simulate(fleet: Fleet, explains: Explain): Promise<string[]> {
  const office = await fleet.open('office')
  for (let i = 0; i < 3; i++) await fleet.hire()
  const ids: string[] = []
  for (let step = 0; step < STEPS; step++) {
    if (step < MESSAGES) ids.push(await office.producer(jobs).send({ n: step }, { id: `j-${step}` }))
    await fleet.mishap()
    await fleet.clock.advance((step * 37) % 900)
  }
  await fleet.calm()
  const stats = await office.stats(jobs)
  const dead = (await office.deadLetters(jobs).peek({ max: 1000 })).map(({ id }) => id)
  await fleet.end()
  await office.close()
  const problems = ids.flatMap((id) => explains(id, fleet, dead))
  if (stats.ready !== 0 || stats.leased !== 0 || stats.delayed !== 0)
    problems.push(`left over: ${JSON.stringify(stats)}`)
  if (fleet.clock.timers > 0) problems.push(`${fleet.clock.timers} timers are left`)
  return problems
}

/** Everything about one message that its history does not explain. */
function explain(id: string, fleet: Fleet, dead: readonly string[]): string[] {
  const facts = fleet.history.filter((fact) => fact.id === id)
  const count = (what: Fact['what']): number => facts.filter((fact) => fact.what === what).length
  const causes = fleet.interrupted.get(id) ?? 0
  const deadCopies = dead.filter((other) => other === id).length
  const problems: string[] = []
  if (count('done') === 0 && deadCopies === 0) problems.push(`${id} was lost`)
  if (deadCopies > 1) problems.push(`${id} is dead ${deadCopies} times`)
  if (count('start') > 1 + count('failed') + causes)
    problems.push(
      `${id} ran ${count('start')} times: ${count('failed')} failures and ${causes} interruptions explain fewer`,
    )
  if (count('start') > 4 + causes)
    problems.push(`${id} ran ${count('start')} times, though four attempts and ${causes} interruptions are allowed`)
  let failures = 0
  for (const { what, attempt } of facts) {
    // A failure whose settlement was cut off on its way was not counted: an interruption explains one too few, never one too many.
    const isExplained = attempt <= failures + 1 && attempt >= failures + 1 - causes
    if (what === 'start' && !isExplained)
      problems.push(`${id} started with attempt ${attempt} after ${failures} failures`)
    if (what === 'failed') failures++
  }
  return problems
}

/** Counts live in the processes: an interruption begins them anew, and may leave a dead letter beside its original. */
function explainHeld(id: string, fleet: Fleet, dead: readonly string[]): string[] {
  const facts = fleet.history.filter((fact) => fact.id === id)
  const count = (what: Fact['what']): number => facts.filter((fact) => fact.what === what).length
  const deadCopies = dead.filter((other) => other === id).length
  const problems: string[] = []
  if (count('done') === 0 && deadCopies === 0) problems.push(`${id} was lost`)
  if (deadCopies > 1 + fleet.interruptions) problems.push(`${id} is dead ${deadCopies} times`)
  if (count('start') > 4 * (1 + fleet.interruptions)) problems.push(`${id} ran ${count('start')} times`)
  let failures = 0
  for (const { what, attempt } of facts) {
    if (what === 'start' && (attempt > failures + 1 || attempt > 4))
      problems.push(`${id} started with attempt ${attempt} after ${failures} failures`)
    if (what === 'start' && attempt <= failures && fleet.interruptions === 0)
      problems.push(`${id} forgot its failures though nothing was interrupted`)
    if (what === 'failed') failures++
  }
  return problems
}
