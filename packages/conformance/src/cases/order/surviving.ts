import { deepEqual } from 'node:assert/strict'
import { defineCase, type Case } from '../../case.ts'
import { crew } from '../crew.ts'
import type { World } from '../../world/world.ts'
import { Seen } from '../seen.ts'
import { interleaved, lines, runsOf, sentOf } from './lines.ts'

/** Milliseconds after its handler has returned: by then a message is settled on any broker. */
const SETTLED = 500

/** What handlers of a process had finished by then. */
function endedBy({ history: { facts } }: World, name: string, time: number): readonly string[] {
  const runs = new Map(facts.flatMap((fact) => (fact.fact === 'start' ? [[fact.run, fact.id] as const] : [])))
  return facts.flatMap((fact) =>
    fact.fact === 'end' && fact.process === name && fact.at <= time ? [runs.get(fact.run)!] : [],
  )
}

const crash = defineCase({
  id: 'order-08',
  title: 'when a process dies with messages of a key in hand, they come again in order, and nothing before them',
  clauses: ['order.suffix', 'order.starts', 'retry.not-an-attempt'],
  protects: 'the order of a customer through the crash of a worker',
  needs: ['ordering'],
  budget: 40_000,
  uses: [lines],
  run: async (world) => {
    const shop = await world.open()
    const doomed = await world.peer()
    await doomed.subscribe(lines, { takes: 200, concurrency: 2 })
    const ids = await shop.sendAll(lines, interleaved(['ada', 'bob'], 10))
    const ended = (): readonly string[] => endedBy(world, doomed.name, world.now() - SETTLED)
    await world.until(
      () => ended().length >= 2,
      () => `the process that shall die to be done with two messages; it is with ${ended().length}`,
    )
    const done = ended()
    await doomed.kill()
    const seen = new Seen(world)
    await crew(world, lines, (worker, message) => seen.add(worker, message))
    await world.until(
      () => seen.of(10).length > 0 && seen.of(20).length > 0,
      () => `the last message of each key; handlers saw ${seen.text}`,
      60_000,
    )
    for (const index of [0, 1]) {
      const runs = runsOf(seen, index, 10)
      deepEqual(runs, sentOf(index, 10).slice(-runs.length), 'after the crash a suffix of each key comes, in order')
    }
    const finished = interleaved(['ada', 'bob'], 10).flatMap(({ n }, index) => (done.includes(ids[index]!) ? [n] : []))
    const again = finished.filter((n) => seen.of(n).length > 0)
    deepEqual(again, [], `handled half a second before the crash were ${finished.join(', ')}; these came again`)
  },
})

const restart = defineCase({
  id: 'order-09',
  title: 'when the broker is restarted under load, each key keeps its order, and nothing that was confirmed is lost',
  clauses: ['order.starts', 'order.suffix', 'life.resumes', 'send.key-order'],
  protects: 'the order of every customer through the night in which the broker is updated',
  needs: ['ordering'],
  harm: ['restart'],
  budget: 60_000,
  uses: [lines],
  run: async (world) => {
    const shop = await world.open()
    const seen = new Seen(world)
    await crew(world, lines, async (worker, message) => {
      seen.add(worker, message)
      await world.sleep(5)
    })
    const send = (from: number): Promise<string[]> =>
      shop.sendAll(
        lines,
        interleaved(['ada', 'bob', 'cyd'], 20).filter(({ n }) => (n - 1) % 20 >= from && (n - 1) % 20 < from + 10),
      )
    await send(0)
    await world.until(() => seen.runs.length >= 6, 'some messages to be handled')
    const rest = world.disturb('restart', shop)
    const sending = send(10)
    await rest
    await sending
    await world.until(
      () => new Set(seen.runs.map(({ n }) => n)).size === 60,
      () => `all of the sixty messages; there were ${new Set(seen.runs.map(({ n }) => n)).size}`,
      60_000,
    )
    for (const index of [0, 1, 2]) {
      const firsts = [...new Set(runsOf(seen, index, 20))]
      deepEqual(firsts, sentOf(index, 20), 'the first runs of a key')
    }
  },
})

/** Order, when a process or the broker ends. */
export const surviving: readonly Case[] = [crash, restart]
