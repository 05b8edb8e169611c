import { seededRandomness } from '@anymq/core/testing'
// Is a commit inside the `rebalancing` listener accepted, and which pause keeps the old and the new owner apart?
import { fakeTarget } from '@anymq/core/testing'
import { Collector, connectTo, consumerOf, fresh, lab, messages, OPEN, wait } from './lab.ts'
import { percentiles } from '../shared/percentiles.ts'

/** The same choices in every run. */
const random = seededRandomness(1)

const REBALANCES = 12
/** A handler that listens stops so long after it is told; one that does not runs to its end. Milliseconds. */
const STOPS_AFTER = 100
const RUNS_FOR = 600

interface Run {
  readonly id: string
  readonly member: string
  readonly from: number
  to: number
  readonly receipt: unknown
}

await lab('Revocation in the `rebalancing` listener, and the hand-over pause', async (broker) => {
  for (const listens of [true, false])
    for (const handover of [0, 50, 100, 500, 1000]) await experiment(broker.url, listens, handover)
})

async function experiment(url: string, listens: boolean, handover: number): Promise<void> {
  const queue = fakeTarget('queue', fresh('revoke'), { native: { partitions: 8 } })
  const drivers = await Promise.all([0, 1].map(() => connectTo(url, { handover })))
  await drivers[0]!.ensure(queue, 'create')
  const runs: Run[] = []
  const stay = await member(drivers[0]!, 'stays')
  const tally = { inListener: 0, refused: 0, lost: 0, rebalances: 0, gaps: [] as number[], listenerAt: 0 }
  const consumer = consumerOf(stay)
  consumer.on(consumer.events.REBALANCING, () => {
    tally.rebalances++
    tally.listenerAt = performance.now()
  })
  consumer.on(consumer.events.COMMIT_OFFSETS, () => {
    if (tally.listenerAt > 0) tally.inListener++
  })
  consumer.on(consumer.events.GROUP_JOIN, () => {
    if (tally.listenerAt > 0) tally.gaps.push(performance.now() - tally.listenerAt)
    tally.listenerAt = 0
  })
  const sending = new AbortController()
  const sent = produce(sending.signal)
  for (let n = 0; n < REBALANCES / 2; n++) {
    const other = await member(drivers[1]!, 'comes and goes')
    await wait(900 + handover)
    await other.close()
    await wait(900 + handover)
  }
  sending.abort()
  await sent
  const overlaps = overlapsOf(runs)
  console.log(
    `handlers ${listens ? `stop ${STOPS_AFTER} ms after they are told` : `run ${RUNS_FOR} ms whatever they are told`}, pause ${handover} ms: ${tally.rebalances} rebalances seen by the one that stays, ${tally.inListener} commits accepted between listener and join, ${tally.lost} acks lost that were made before a listener, ${tally.refused} refused after it; listener to join ${percentiles(tally.gaps)}; ${runs.length} runs, ${overlaps.length} overlaps, longest ${Math.max(0, ...overlaps).toFixed(0)} ms`,
  )
  await Promise.all(drivers.map((driver) => driver.close()))

  async function member(
    driver: (typeof drivers)[number],
    name: string,
  ): Promise<Awaited<ReturnType<typeof driver.open>>> {
    const collector = new Collector(40)
    const running = new Set<Run>()
    const open = driver.open(queue, OPEN, collector)
    const end = (run: Run): void => {
      if (!running.delete(run)) return
      run.to = performance.now()
      collector.want(1)
      // What was revoked is refused; what was finished before must be in the commit of the listener.
      const begun = tally.rebalances
      void open
        .then((feed) => feed.settle([{ receipt: run.receipt as never, action: 'ack' }], false))
        .then(({ failed }) => {
          if (failed === undefined) return
          tally.refused++
          if (name === 'stays' && begun < tally.rebalances) tally.lost++
        })
    }
    collector.onDeliver = (batch) => {
      for (const { id, receipt } of batch) {
        const run = { id, member: name, from: performance.now(), to: Infinity, receipt }
        runs.push(run)
        running.add(run)
        setTimeout(end, listens ? 20 + random.next() * 200 : RUNS_FOR, run)
      }
    }
    collector.revoke = (lost) => {
      if (listens) for (const run of running) if (lost(run.receipt as never)) setTimeout(end, STOPS_AFTER, run)
    }
    return open
  }

  async function produce(signal: AbortSignal): Promise<void> {
    for (let n = 0; !signal.aborted; n++) {
      await drivers[0]!.send(queue, messages(n, n + 1))
      await wait(5)
    }
  }
}

/** How long two members worked on the same message at the same time, for each pair that did. */
function overlapsOf(runs: readonly Run[]): number[] {
  const byId = new Map<string, Run[]>()
  for (const run of runs) byId.set(run.id, [...(byId.get(run.id) ?? []), run])
  return [...byId.values()].flatMap((same) =>
    same.slice(1).flatMap((run, n) => {
      const before = same[n]!
      const overlap = Math.min(before.to, run.to) - run.from
      return before.member !== run.member && overlap > 0 ? [overlap] : []
    }),
  )
}
