import { expect, test } from 'vitest'
import type { MemoryMask } from '../src/index.ts'
import { EMULATED } from './masks.ts'
import { parcels, steps, Yard } from './simulated-yard.ts'

const RUNS = 2000
const MESSAGES = 24
/** Less than a minute of work; automation shares its cores. */
const TIME = 300_000
const LEVELS = ['vip', 'normal', 'bulk'] as const
const MASKS: readonly (readonly MemoryMask[])[] = [
  [],
  ['ordering'],
  ['priority', 'longDelay'],
  ['countsFailures', 'atomicMove', 'delay'],
  ['ordering', 'priority', 'countsFailures'],
  EMULATED,
]

test(
  `order.*, delay.floor, retry.*, settle.*: ${RUNS} simulated runs, some natively and some with every emulation: nothing lost, overtaken, overlapping, early or miscounted`,
  async () => {
    for (let seed = 1; seed <= RUNS; seed++) {
      const mask = MASKS[seed % MASKS.length]!
      expect(await simulate(new Yard(seed, mask)), `seed ${seed}, without ${mask.join(', ') || 'nothing'}`).toEqual([])
    }
  },
  TIME,
)

async function simulate(yard: Yard): Promise<string[]> {
  const office = await yard.open()
  for (let i = 0; i < 3; i++) await yard.hire()
  const ids: string[] = []
  const next = new Map<string, number>()
  for (let step = 0; step < MESSAGES; step++) {
    const key = `k${yard.upTo(3)}`
    const n = next.get(key) ?? 0
    next.set(key, n + 1)
    ids.push(await office.send(steps, { key, n, due: 0 }, { id: `${key}-${n}` }))
    const delay = yard.upTo(2) * yard.upTo(8000)
    const body = { key: 'p', n: step, due: yard.clock.now() + delay }
    ids.push(await office.send(parcels, body, { id: `p-${step}`, delay, priority: LEVELS[yard.upTo(3)]! }))
    await yard.mishap()
    await yard.clock.advance((step * 37) % 900)
  }
  await yard.calm()
  const problems = [...yard.problems]
  for (const source of [steps, parcels]) {
    const { ready, leased, delayed } = await office.stats(source)
    if (ready! + leased! + delayed! > 0) problems.push(`left over in ${source.name}: ${ready} ${leased} ${delayed}`)
    for (const { id } of await office.deadLetters(source).peek({ max: 1000 })) yard.dead.add(id)
  }
  for (const id of ids) {
    if (!yard.done.has(id) && !yard.dead.has(id)) problems.push(`${id} was lost`)
    // Four attempts, deferrals that do not count, and whatever was interrupted.
    const starts = yard.starts.get(id) ?? 0
    if (starts > 4 * (1 + yard.interruptions) + 12) problems.push(`${id} ran ${starts} times`)
  }
  await yard.end()
  await office.close()
  if (yard.clock.timers > 0) problems.push(`${yard.clock.timers} timers are left`)
  return problems
}
