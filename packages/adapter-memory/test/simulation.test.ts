import { expect, test } from 'vitest'
import { Fleet, jobs, type Fact } from './simulated-fleet.ts'

const RUNS = 150
const MESSAGES = 30
const STEPS = 40

test(`settle.release, retry.not-an-attempt, retry.attempts: ${RUNS} simulated fleets that crash, disconnect, close, pause and fail lose nothing, invent nothing and count right`, async () => {
  for (let seed = 1; seed <= RUNS; seed++) {
    const problems = await simulate(seed)
    expect(problems, `seed ${seed}`).toEqual([])
  }
})

async function simulate(seed: number): Promise<string[]> {
  const fleet = new Fleet(seed)
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
  const problems = ids.flatMap((id) => explain(id, fleet, dead))
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
