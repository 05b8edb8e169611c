import { exponential, fixed, linear, queue, type Schedule } from '@anymq/core'
import { deepEqual, equal, ok } from 'node:assert/strict'
import { defineCase, type Case } from '../../case.ts'
import type { World } from '../../world/world.ts'
import { crew } from '../crew.ts'
import { ITEM, items, LEASE } from '../items.ts'
import { Seen, type SeenRun } from '../seen.ts'

const steady = queue('steady', { schema: ITEM, lease: LEASE, retry: { attempts: 3, backoff: fixed(300) } })
const growing = queue('growing', { schema: ITEM, lease: LEASE, retry: { attempts: 4, backoff: linear(200, 10_000) } })
const doubling = queue('doubling', {
  schema: ITEM,
  lease: LEASE,
  retry: { attempts: 4, backoff: exponential(200, 600) },
})
const computed = queue('computed', {
  schema: ITEM,
  lease: LEASE,
  retry: { attempts: 3, backoff: (_, attempt) => attempt * 150 },
})

/** What each wait may be at the least: with jitter half of the schedule. */
function least({ policy: { backoff } }: { readonly policy: { readonly backoff: unknown } }, attempt: number): number {
  if (typeof backoff === 'function') return attempt * 150
  const schedule = backoff as Schedule
  return schedule.jitter ? schedule.base(attempt) / 2 : schedule.base(attempt)
}

const gaps = defineCase({
  id: 'retry-02',
  title: 'when a handler fails again and again, the gaps between its runs are never shorter than the backoff says',
  clauses: ['retry.backoff', 'retry.attempts'],
  protects: 'a payment provider that is hammered while it is down',
  uses: [steady, growing, doubling, computed],
  run: async (world) => {
    const shop = await world.open()
    for (const source of [steady, growing, doubling, computed]) {
      const seen = new Seen(world)
      await crew(world, source, (worker, message) => {
        seen.add(worker, message)
        throw new Error('down')
      })
      await shop.send(source, { n: 1 })
      const { attempts } = source.policy
      await world.until(
        () => seen.runs.length === attempts,
        () => `${attempts} runs of the message in ${source.name}; handlers saw ${seen.text}`,
      )
      seen.runs.slice(1).forEach(({ at }, index) => {
        const gap = at - seen.runs[index]!.at
        const floor = least(source, index + 1)
        ok(
          gap >= floor - 1,
          `in ${source.name} run ${index + 2} came ${gap} ms after the one before; at least ${floor} ms are asked for`,
        )
      })
    }
  },
})

const slow = queue('orders', {
  schema: ITEM,
  lease: LEASE,
  // Longer than any broker needs to hand over a few messages.
  retry: { attempts: 2, backoff: fixed(5000) },
  concurrency: 1,
})

const noSlot = defineCase({
  id: 'retry-08',
  title: 'when messages wait for their retries, the others are handled meanwhile, with all the slots there are',
  clauses: ['retry.no-slot', 'consume.concurrency'],
  protects: 'a queue that stands still because three of its orders are waiting for a card to clear',
  uses: [slow],
  run: async (world) => {
    const shop = await world.open()
    const seen = new Seen(world)
    // Two slots, and three that wait.
    await crew(world, slow, (worker, message) => {
      seen.add(worker, message)
      if (message.body.n <= 3 && message.attempt === 1) throw new Error('not yet')
    })
    await shop.sendAll(slow, items(10))
    await world.until(
      () => seen.runs.length === 13,
      () => `ten messages, three of them twice; handlers saw ${seen.text}`,
    )
    const firstAgain = seen.runs.findIndex(({ attempt }) => attempt === 2)
    const firsts = new Set(seen.runs.slice(0, firstAgain).map(({ n }) => n))
    equal(firsts.size, 10, `a retry came before every message had had its first run: ${seen.text}`)
  },
})

const plain = queue('orders', { schema: ITEM, lease: LEASE })

const neverSpins = defineCase({
  id: 'retry-11',
  title: 'when no policy is given, a failing message comes again only after a pause that grows',
  clauses: ['define.defaults', 'retry.backoff'],
  protects: 'a worker that burns a core, and a log of a million lines, because of one bad order',
  uses: [plain],
  run: async (world) => {
    const shop = await world.open()
    const seen = new Seen(world)
    await crew(world, plain, (worker, message) => {
      seen.add(worker, message)
      if (message.attempt < 3) throw new Error('bad order')
    })
    await shop.send(plain, { n: 1 })
    await world.until(
      () => seen.runs.length === 3,
      () => `three runs; handlers saw ${seen.text}`,
    )
    const [first = 0, second = 0] = gapsOf(seen.runs)
    ok(
      first >= 499 && second >= 999,
      `the pauses were ${first} ms and ${second} ms; the default asks for 500 ms and 1,000 ms at the least`,
    )
  },
})

function gapsOf(runs: readonly SeenRun[]): readonly number[] {
  return runs.slice(1).map(({ at }, index) => at - runs[index]!.at)
}

const limited = queue('orders', {
  schema: ITEM,
  lease: LEASE,
  timeout: 400,
  retry: { attempts: 3, backoff: fixed(100) },
})

/** How long a handler may take to listen, and a part of that. Milliseconds. */
const [GRACE, LATE] = [5000, 1500]

const timedOut = defineCase({
  id: 'retry-14',
  title:
    'when a handler outlives its timeout, its signal says so, it has a moment to listen, and the run counts as a failure',
  clauses: ['consume.timeout-grace', 'consume.timeout', 'retry.attempt-meaning'],
  protects: 'a worker that hangs on a dead connection and never gives its order back',
  uses: [limited],
  run: async (world) => {
    const shop = await world.open()
    const seen = new Seen(world)
    const reasons: unknown[] = []
    const deaf = Promise.withResolvers<void>()
    await crew(world, limited, async (worker, message) => {
      seen.add(worker, message)
      if (message.attempt === 3) return
      reasons.push(await aborted(world, message.signal))
      // The second message is heard of late at first, and then only when it is too late.
      if (message.body.n === 2) await (message.attempt === 1 ? world.sleep(LATE) : deaf.promise)
      throw new Error('stopped')
    })
    await shop.sendAll(limited, items(2))
    await world.until(
      () => seen.of(1).length === 3 && seen.of(2).length === 3,
      () => `three runs of each, two of them timed out; handlers saw ${seen.text}`,
    )
    deepEqual(
      [seen.attempts(1), seen.attempts(2)],
      [
        [1, 2, 3],
        [1, 2, 3],
      ],
    )
    deepEqual(
      reasons.map((reason) => (reason as { readonly code?: string }).code),
      ['MQ_TIMEOUT', 'MQ_TIMEOUT', 'MQ_TIMEOUT', 'MQ_TIMEOUT'],
    )
    const [first = 0] = gapsOf(seen.of(1))
    ok(first >= 499, `the second run began ${first} ms after the first; its timeout is 400 ms and the backoff 100 ms`)
    const [late = 0, never = 0] = gapsOf(seen.of(2))
    ok(late >= 499 + LATE, `a run that ended ${LATE} ms after its signal was followed by the next within ${late} ms`)
    ok(
      never >= 499 + GRACE,
      `a run that never ended was followed by the next after ${never} ms; its grace is ${GRACE} ms`,
    )
    // It ends so late that nobody can take that for the failure that counted.
    await world.sleep(2000)
    deaf.resolve()
    await world.listen()
    equal(seen.runs.length, 6, `handlers saw ${seen.text}`)
  },
})

/** Resolves with the reason. */
async function aborted(world: World, signal: AbortSignal): Promise<unknown> {
  await world.until(() => signal.aborted, 'the signal of a handler to abort that runs for longer than its timeout')
  return signal.reason
}

/** How long a message waits before it comes again, and what goes on meanwhile. */
export const waiting: readonly Case[] = [gaps, noSlot, neverSpins, timedOut]
