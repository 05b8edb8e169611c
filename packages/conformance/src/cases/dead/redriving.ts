import { DeadLetter, fixed, queue } from '@anymq/core'
import { deepEqual, equal, ok } from 'node:assert/strict'
import { defineCase, type Case } from '../../case.ts'
import { crew } from '../crew.ts'
import { ITEM, items, LONG_LEASE, sorted } from '../items.ts'
import { Seen } from '../seen.ts'
import { bury } from './bury.ts'

const retry = { attempts: 2, backoff: fixed(50) }
const orders = queue('orders', { schema: ITEM, lease: LONG_LEASE, retry })

const chosen = defineCase({
  id: 'dead-14',
  title:
    'when dead letters are redriven by id, by number, by what they hold or with a repair, those go back and no other',
  clauses: ['redrive.ids', 'redrive.where', 'redrive.map', 'redrive.report', 'redrive.own-source'],
  protects: 'a repair that sends back what nobody chose, or says that it did what it did not',
  profile: 'smoke',
  uses: [orders],
  run: async (world) => {
    const shop = await world.open()
    const ids = await bury(world, shop, orders, items(10))
    const letters = shop.deadLetters(orders)
    const seen: number[] = []
    shop.subscribe(orders, ({ body }) => void seen.push(body.n))
    const back = async (count: number): Promise<readonly number[]> => {
      await world.until(
        () => seen.length >= count,
        () => `${count} messages to come back; these did: ${seen.join(', ')}`,
      )
      await world.listen()
      return sorted(seen.splice(0))
    }
    const dry = await letters.redrive({ dryRun: true })
    deepEqual([dry.moved, dry.complete], [10, true], 'a dry run tells what would be moved')
    const named = await letters.redrive({ ids: [ids[1]!, ids[3]!] })
    deepEqual([named.moved, named.kept, named.complete], [2, 8, true])
    deepEqual(await back(2), [2, 4])
    const found = await letters.redrive({ where: (letter) => letter.valid && letter.body.n > 8 })
    deepEqual([found.moved, found.kept, found.complete], [2, 6, true])
    deepEqual(await back(2), [9, 10])
    const some = await letters.redrive({ limit: 2 })
    deepEqual([some.moved, some.complete], [2, false])
    equal((await back(2)).length, 2)
    const repaired = await letters.redrive({ map: (letter) => (letter.valid ? { n: letter.body.n + 100 } : undefined) })
    deepEqual([repaired.moved, repaired.kept, repaired.complete, repaired.failed.length], [4, 0, true, 0])
    ok(
      (await back(4)).every((n) => n > 100),
      'a message came back that was not repaired',
    )
    equal(await letters.count(), 0)
  },
})

const fresh = defineCase({
  id: 'dead-15',
  title: 'when a message is redriven, it begins anew with its first attempt and remembers that it came back',
  clauses: ['redrive.resets', 'redrive.keeps', 'send.id-constant'],
  protects: 'a repaired order that is dead again at once, because its old failures still count',
  uses: [orders],
  run: async (world) => {
    const shop = await world.open()
    const runs: (readonly [string, number, number, object])[] = []
    await crew(world, orders, (_, { id, attempt, redriven, headers }) => {
      runs.push([id, attempt, redriven, { ...headers }])
      throw new Error('still poisoned')
    })
    const id = await shop.send(orders, { n: 1 }, { headers: { tenant: 'acme' } })
    const letters = shop.deadLetters(orders)
    for (const round of [0, 1, 2]) {
      await world.until(
        async () => runs.length === 2 * (round + 1) && (await letters.count()) === 1,
        () => `a dead letter after ${2 * (round + 1)} runs; there were ${runs.length}`,
      )
      const [letter] = await letters.peek()
      deepEqual([letter?.id, letter?.attempts, letter?.redriven], [id, 2, round])
      if (round < 2) await letters.redrive()
    }
    const headers = { tenant: 'acme' }
    deepEqual(
      runs,
      [0, 1, 2].flatMap((round) => [1, 2].map((attempt) => [id, attempt, round, headers])),
    )
  },
})

const rated = defineCase({
  id: 'dead-16',
  title:
    'when a redrive has a rate and is interrupted, it says what it did, and can be run again until all are back once',
  clauses: ['redrive.rate', 'redrive.report', 'redrive.keeps'],
  protects: 'a repair of a night that has to begin again, or floods the shop in the morning',
  uses: [orders],
  run: async (world) => {
    const shop = await world.open()
    await bury(world, shop, orders, items(12))
    const letters = shop.deadLetters(orders)
    const seen: number[] = []
    const stop = new AbortController()
    await crew(world, orders, (_, { body }) => {
      seen.push(body.n)
      // All twelve would take more than five seconds: time enough to hear of the second.
      if (seen.length === 2) stop.abort()
    })
    const begun = world.now()
    const half = await world.within(letters.redrive({ rate: 2, signal: stop.signal }), 'an interrupted redrive to end')
    equal(half.complete, false, 'an interrupted redrive says that it is complete')
    ok(
      half.moved >= 2 && half.moved < 12,
      `it was interrupted after the second message, and moved ${half.moved}; ${half.failed.length} failed, back came ${seen.join(', ')}`,
    )
    const took = world.now() - begun
    ok(took >= (half.moved - 1) * 500 - 20, `it moved ${half.moved} messages in ${took} ms, at 2 a second`)
    const rest = await letters.redrive()
    deepEqual([rest.moved, rest.complete], [12 - half.moved, true])
    await world.until(
      () => seen.length === 12,
      () => `twelve messages to come back; ${seen.length} did`,
    )
    await world.listen()
    deepEqual(
      sorted(seen),
      items(12).map(({ n }) => n),
    )
  },
})

const lines = queue('lines', { schema: ITEM, lease: LONG_LEASE, retry, ordering: { key: ({ key }) => key, shards: 2 } })
const once = queue('once', { schema: ITEM, lease: LONG_LEASE, retry, dedupe: { window: '5m' } })

const inOrder = defineCase({
  id: 'dead-17',
  title:
    'when messages are redriven right after they died, those of a key come back in order and none is taken for a repeat',
  clauses: ['redrive.keeps', 'retry.forward-not-deduplicated', 'order.starts', 'define.dedupe'],
  protects: "a customer's changes that come back in the wrong order, or are swallowed as repeats of themselves",
  needs: ['ordering', 'dedupe'],
  uses: [lines, once],
  run: async (world) => {
    const shop = await world.open()
    for (const source of [lines, once]) {
      const dying = shop.subscribe(source, () => {
        throw new DeadLetter('no such customer')
      })
      for (const item of items(6, 'ada'))
        await shop.send(source, item, source === once ? { dedupeId: `change-${item.n}` } : {})
      const letters = shop.deadLetters(source)
      await world.until(async () => (await letters.count()) >= 6, `six dead letters of ${source.name}`)
      await dying.close()
      const { moved, complete } = await letters.redrive()
      deepEqual([moved, complete], [6, true], `what was redriven of ${source.name}`)
    }
    const [ordered, deduped] = [new Seen(world), new Seen(world)]
    for (const worker of [await world.open(), await world.open()]) {
      worker.subscribe(lines, (message) => ordered.add(worker, message))
      worker.subscribe(once, (message) => deduped.add(worker, message))
    }
    await world.until(
      () => ordered.runs.length >= 6 && deduped.runs.length >= 6,
      () => `six messages to come back in each queue; of lines came ${ordered.text}, of once ${deduped.text}`,
    )
    await world.listen()
    const all = [1, 2, 3, 4, 5, 6]
    deepEqual(
      ordered.runs.map(({ n }) => n),
      all,
    )
    deepEqual(sorted(deduped.runs.map(({ n }) => n)), all)
  },
})

const noPingPong = defineCase({
  id: 'dead-19',
  title: 'when consumers fail again while a redrive runs, it moves each dead letter once and ends',
  clauses: ['redrive.nothing-newer', 'redrive.report', 'redrive.resets'],
  protects: 'a redrive that never ends, because what it moves comes back as fast',
  uses: [orders],
  run: async (world) => {
    const shop = await world.open()
    await bury(world, shop, orders, items(8))
    const seen = new Seen(world)
    await crew(world, orders, (worker, message) => {
      seen.add(worker, message)
      throw new DeadLetter('no such customer')
    })
    // Slow enough for the first to be dead again before the last is moved.
    const letters = shop.deadLetters(orders)
    const { moved } = await world.within(letters.redrive({ rate: 20 }), 'a redrive to end whose messages fail again')
    equal(moved, 8)
    await world.until(
      async () => seen.runs.length === 8 && (await letters.count()) === 8,
      () => `eight dead letters again; handlers saw ${seen.text}`,
    )
    await world.listen()
    equal(seen.runs.length, 8, `each message has one more run; handlers saw ${seen.text}`)
    deepEqual(
      (await letters.peek()).map(({ redriven }) => redriven),
      Array.from({ length: 8 }, () => 1),
    )
  },
})

/** How dead letters go back. */
export const redriving: readonly Case[] = [chosen, fresh, rated, inOrder, noPingPong]
