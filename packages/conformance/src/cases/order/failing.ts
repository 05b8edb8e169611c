import { fixed, queue, type Message } from '@anymq/core'
import { deepEqual, ok } from 'node:assert/strict'
import { defineCase, type Case } from '../../case.ts'
import type { Item } from '../../world/peer.ts'
import { crew } from '../crew.ts'
import { ITEM, items, LEASE } from '../items.ts'
import { Seen } from '../seen.ts'
import { Shutter } from '../shutter.ts'
import { interleaved, lines, runsOf, sentOf } from './lines.ts'

const blocks = defineCase({
  id: 'order-05',
  title: 'when a message of a key fails, its key waits until it is settled, while other keys go on',
  clauses: ['order.block', 'order.hot-key', 'retry.backoff'],
  protects: 'a payment that is taken before the order that failed was tried again',
  profile: 'smoke',
  needs: ['ordering'],
  uses: [lines],
  run: async (world) => {
    const fault = world.fault('the dead-letter queue takes nothing for a while')
    const shutter = new Shutter(fault.happened)
    const { seam } = shutter
    const shop = await world.open()
    const seen = new Seen(world)
    for (const worker of [await world.open({ seam }), await world.open({ seam })])
      worker.subscribe(lines, (message) => {
        seen.add(worker, message)
        // The second of ada succeeds with its third try; the third of bob never does.
        if (message.body.n === 2 && message.attempt < 3) throw new Error('not yet')
        if (message.body.n === 8) throw new Error('poisoned')
      })
    await shop.sendAll(lines, interleaved(['ada', 'bob', 'cyd'], 5))
    // As long as its dead letter is nowhere, the message keeps its place.
    await world.until(
      () => shutter.refusals > 1,
      () => `a dead letter to be refused; handlers saw ${seen.text}`,
    )
    deepEqual(seen.of(9), [], 'the key went on before its dead letter was taken')
    shutter.isShut = false
    await world.until(
      () => seen.runs.length >= 20,
      () => `twenty runs; handlers saw ${seen.text}`,
    )
    deepEqual(runsOf(seen, 0, 5), [1, 2, 2, 2, 3, 4, 5], 'the runs of ada')
    deepEqual(runsOf(seen, 1, 5), [6, 7, 8, 8, 8, 8, 9, 10], 'the runs of bob')
    deepEqual(runsOf(seen, 2, 5), sentOf(2, 5), 'the runs of cyd')
    const lastOfCyd = seen.runs.findLastIndex(({ n }) => n > 10)
    const lastFailure = seen.runs.findLastIndex(({ n, attempt }) => n === 8 && attempt === 4)
    ok(lastOfCyd < lastFailure, `a key that did not fail waited for one that did: ${seen.text}`)
    const letters = shop.deadLetters(lines)
    await world.until(async () => (await letters.count()) === 1, 'one dead letter')
    deepEqual(
      (await letters.peek()).map(({ key, attempts }) => [key, attempts]),
      [['bob', 4]],
    )
  },
})

const skipping = queue('skipping', {
  schema: ITEM,
  lease: LEASE,
  retry: { attempts: 3, backoff: fixed(500) },
  ordering: { key: ({ key }) => key, shards: 4, onFailure: 'skip' },
})

const skips = defineCase({
  id: 'order-06',
  title: 'when a failed message may be skipped, its key goes on without it, and it comes again later',
  clauses: ['order.skip', 'retry.attempts'],
  protects: 'a stream of prices that must not stand still for one of them',
  needs: ['ordering'],
  uses: [skipping],
  run: async (world) => {
    const shop = await world.open()
    const seen = new Seen(world)
    await shop.sendAll(skipping, items(6, 'ada'))
    await crew(world, skipping, (worker, message) => {
      seen.add(worker, message)
      if (message.body.n === 2 && message.attempt === 1) throw new Error('not yet')
    })
    await world.until(
      () => seen.runs.length >= 7,
      () => `seven runs; handlers saw ${seen.text}`,
    )
    deepEqual([...new Set(seen.runs.map(({ n }) => n))], [1, 2, 3, 4, 5, 6], 'the first runs of the key')
    deepEqual(seen.attempts(2), [1, 2])
    const next = seen.runs.findIndex(({ n }) => n === 3)
    const secondTry = seen.runs.findLastIndex(({ n }) => n === 2)
    ok(next < secondTry, `the key waited for the message that it may skip: ${seen.text}`)
  },
})

const requeued = defineCase({
  id: 'order-07',
  title: 'when a message of a key is put back, by a retry or a deferral, what comes after it still comes after it',
  clauses: ['order.block', 'settle.defer-limits', 'settle.release'],
  protects: 'an order that was put aside for a moment, and is overtaken by its own cancellation',
  needs: ['ordering'],
  uses: [lines],
  run: async (world) => {
    const shop = await world.open()
    const seen = new Seen(world)
    await crew(world, lines, async (worker, message) => {
      const isFirst = seen.of(message.body.n).length === 0
      seen.add(worker, message)
      if (isFirst && message.body.n === 2) await message.retry({ after: 0 })
      if (isFirst && message.body.n === 4) await message.defer(400)
    })
    await shop.sendAll(lines, items(6, 'ada'))
    await world.until(
      () => seen.runs.length >= 8,
      () => `eight runs; handlers saw ${seen.text}`,
    )
    deepEqual(
      seen.runs.map(({ n }) => n),
      [1, 2, 2, 3, 4, 4, 5, 6],
    )
    deepEqual(
      [seen.attempts(2), seen.attempts(4)],
      [
        [1, 2],
        [1, 1],
      ],
    )
  },
})

/** The third of each key is asked for again; those behind it in the batch are left as they are. */
async function settled(messages: readonly Message<Item>[], seen: (message: Message<Item>) => boolean): Promise<void> {
  const failed = new Set<string | undefined>()
  for (const message of messages) {
    if (failed.has(message.key)) continue
    const isFirst = seen(message)
    if (isFirst && message.body.n % 6 === 3) {
      failed.add(message.key)
      await message.retry({ after: 100 })
    } else await message.ack()
  }
}

const batches = defineCase({
  id: 'order-10',
  title:
    'when a message fails inside a batch, those of its key behind it come after it again, and no failure is counted for them',
  clauses: ['batch.ordered', 'batch.settlement', 'order.block'],
  protects: 'a ledger whose bookings change places because one of a batch failed',
  needs: ['ordering'],
  uses: [lines],
  run: async (world) => {
    const shop = await world.open()
    const seen = new Seen(world)
    await shop.sendAll(lines, interleaved(['ada', 'bob', 'cyd'], 6))
    let most = 0
    for (const worker of [await world.open(), await world.open()])
      worker.subscribeBatch(
        lines,
        (messages) => {
          most = Math.max(most, messages.length)
          return settled(messages, (message) => {
            const isFirst = seen.of(message.body.n).length === 0
            seen.add(worker, message)
            return isFirst
          })
        },
        { max: 10, within: 300 },
      )
    await world.until(
      () => [6, 12, 18].every((n) => seen.of(n).length > 0),
      () => `the last of each key; handlers saw ${seen.text}`,
    )
    await world.listen()
    for (const index of [0, 1, 2]) {
      const [first = 0, , third = 0] = sentOf(index, 6)
      deepEqual(runsOf(seen, index, 6), [first, first + 1, third, third, third + 1, third + 2, third + 3])
      deepEqual([seen.attempts(third), seen.attempts(third + 1)], [[1, 2], [1]])
    }
    ok(most > 1, 'no batch had more than one message')
  },
})

/** Order, when a handler fails. */
export const failing: readonly Case[] = [blocks, skips, requeued, batches]
