import { seededRandomness, type TestClock } from '@anymq/core/testing'
import { expect, test } from 'vitest'
import { faulty, PASSING, type Faults } from './faulty.ts'
import { masked } from './masked.ts'
import { Fleet, jobs } from './simulated-fleet.ts'

const RUNS = 60
const MESSAGES = 30
const TIME = 60_000

test.each([
  ['that moves and counts', false],
  ['that cannot count or move', true],
])(
  `lease.extended, retry.attempts: ${RUNS} fleets on a broker %s, whose answers fail or come late: nothing is lost, nothing runs without a cause`,
  async (_what, isMasked) => {
    for (let seed = 1; seed <= RUNS; seed++) expect(await simulate(seed, isMasked), `seed ${seed}`).toEqual([])
  },
  TIME,
)

/** Settlements are refused, thrown back or answered late, and so are dead letters; `calm` ends that. */
function unreliable(seed: number, clock: () => TestClock): { readonly faults: Faults; calm(): void } {
  const random = seededRandomness(seed * 7919)
  let isCalm = false
  const happens = (share: number): boolean => !isCalm && random.next() < share
  const late = (most: number): Promise<void> =>
    new Promise((resolve) => clock().setTimer(resolve, random.next() * most))
  const refused = (batch: readonly unknown[]) => ({
    failed: batch.map((_, index) => ({ index, failure: PASSING })),
  })
  const faults: Faults = {
    settle: async (batch, next) => {
      if (happens(0.15)) return refused(batch)
      if (happens(0.05)) throw new Error('not now')
      if (happens(0.2)) await late(400)
      return next()
    },
    send: async (target, batch, next) => {
      if (target.role !== 'dead') return next()
      if (happens(0.3)) return refused(batch)
      if (happens(0.3)) await late(1500)
      return next()
    },
  }
  return {
    faults,
    calm: () => {
      isCalm = true
    },
  }
}

async function simulate(seed: number, isMasked: boolean): Promise<string[]> {
  const way = unreliable(seed, () => fleet.clock)
  const fleet: Fleet = new Fleet(seed, (server) => {
    const adapter = faulty(way.faults, server)
    return isMasked ? masked({ settlements: true }, server, adapter) : adapter
  })
  const office = await fleet.open('office')
  for (let i = 0; i < 3; i++) await fleet.hire()
  const ids: string[] = []
  for (let n = 0; n < MESSAGES; n++) {
    ids.push(await office.producer(jobs).send({ n }, { id: `j-${n}` }))
    await fleet.clock.advance((n * 37) % 900)
  }
  way.calm()
  await fleet.calm()
  const { ready, leased, delayed } = await office.stats(jobs)
  const dead = (await office.deadLetters(jobs).peek({ max: 1000 })).map(({ id }) => id)
  await fleet.end()
  await office.close()
  const left = ready === 0 && leased === 0 && delayed === 0 ? [] : ['messages are left over']
  const timers = fleet.clock.timers > 0 ? [`${fleet.clock.timers} timers are left`] : []
  return [...left, ...timers, ...ids.flatMap((id) => unexplained(id, fleet, dead))]
}

/** No process died and no connection was lost: each message ends once, and only its failures explain another run. */
function unexplained(id: string, fleet: Fleet, dead: readonly string[]): string[] {
  const facts = fleet.history.filter((fact) => fact.id === id).map(({ what }) => what)
  const count = (wanted: string): number => facts.filter((what) => what === wanted).length
  const deadCopies = dead.filter((other) => other === id).length
  const problems: string[] = []
  if (count('done') + deadCopies !== 1)
    problems.push(`${id} was done ${count('done')} times and is dead ${deadCopies} times`)
  if (count('start') !== count('done') + count('failed') + count('dead'))
    problems.push(`${id} ran without a cause: ${facts.join(', ')}`)
  return problems
}
