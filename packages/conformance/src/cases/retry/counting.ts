import { fixed, queue, RetryAfter, type Message } from '@anymq/core'
import { deepEqual, equal } from 'node:assert/strict'
import { defineCase, type Case } from '../../case.ts'
import type { Item } from '../../world/peer.ts'
import { crew } from '../crew.ts'
import { ITEM, items, LEASE } from '../items.ts'
import { Seen } from '../seen.ts'

const AT_ONCE = { attempts: 5, backoff: fixed(0) }
const orders = queue('orders', { schema: ITEM, lease: LEASE, retry: AT_ONCE })

const exactCount = defineCase({
  id: 'retry-01',
  title: 'when a handler fails every time and nothing is waited for, it runs exactly as often as there are attempts',
  clauses: ['retry.attempts', 'retry.attempt-meaning', 'consume.return-or-throw'],
  protects: 'a card that is charged more often than the shop said, or an order given up too early',
  profile: 'smoke',
  uses: [orders],
  run: async (world) => {
    const shop = await world.open()
    const seen = new Seen(world)
    await crew(world, orders, (worker, message) => {
      seen.add(worker, message)
      if (message.body.n === 1) throw new Error('declined')
    })
    await shop.sendAll(orders, items(3))
    const letters = shop.deadLetters(orders)
    await world.until(
      async () => (await letters.count()) === 1 && seen.runs.length >= 7,
      () => `one dead letter, and seven runs in all; handlers saw ${seen.text}`,
    )
    await world.listen()
    deepEqual(seen.attempts(1), [1, 2, 3, 4, 5])
    deepEqual([seen.attempts(2), seen.attempts(3)], [[1], [1]])
    const [letter] = await letters.peek()
    deepEqual([letter?.reason, letter?.attempts], ['attempts', 5])
  },
})

const stubborn = queue('stubborn', { schema: ITEM, lease: LEASE, retry: { ...AT_ONCE, attempts: 6 } })
/** Exists nowhere: what is sent to it fails. */
const nowhere = queue('nowhere', { schema: ITEM })

/** Every way to fail, one after the other. */
async function failedAs(attempt: number, message: Message<Item>): Promise<void> {
  if (attempt === 1) throw new Error('declined')
  if (attempt === 2) throw new RetryAfter(100)
  if (attempt === 3) return message.retry({ after: 100 })
  if (attempt === 4) return message.retry()
  // What it sends belongs to the handler, whatever the handler makes of it.
  if (attempt === 5) return void message.send(nowhere, { n: 1 }, { timeout: 1000 }).catch(() => undefined)
  throw new Error('declined again')
}

const neverMultiplied = defineCase({
  id: 'retry-06',
  title: 'when a message fails in every way there is, its failures add up to its attempts and are never multiplied',
  clauses: ['retry.attempts', 'consume.retry-after-error', 'consume.verb-wins', 'consume.message-send'],
  protects: 'five tries in the process times five of the broker: a customer who gets twenty-five mails',
  uses: [stubborn],
  run: async (world) => {
    const shop = await world.open()
    const seen = new Seen(world)
    const options = { definitions: [stubborn, nowhere], overrides: { nowhere: { provision: 'none' } } } as const
    for (const worker of [await world.open(options), await world.open(options)])
      worker.subscribe(stubborn, (message) => {
        seen.add(worker, message)
        return failedAs(message.attempt, message)
      })
    await shop.send(stubborn, { n: 1 })
    const letters = shop.deadLetters(stubborn)
    await world.until(
      async () => (await letters.count()) > 0,
      () => `a dead letter; handlers saw ${seen.text}`,
    )
    await world.listen()
    deepEqual(seen.attempts(1), [1, 2, 3, 4, 5, 6])
    equal(await letters.count(), 1)
  },
})

const picky = queue('orders', {
  schema: ITEM,
  lease: LEASE,
  retry: { ...AT_ONCE, when: (error) => !(error instanceof TypeError) },
})

const notRetried = defineCase({
  id: 'retry-03',
  title: 'when the policy says that an error cannot pass, the message is dead-lettered after its first run',
  clauses: ['retry.when', 'dead.reasons'],
  protects: 'ten tries to charge a card that does not exist',
  uses: [picky],
  run: async (world) => {
    const shop = await world.open()
    const seen = new Seen(world)
    await crew(world, picky, (worker, message) => {
      seen.add(worker, message)
      if (message.body.n === 1) throw new TypeError('no such card')
      if (message.attempt < 3) throw new Error('busy')
    })
    await shop.sendAll(picky, items(2))
    const letters = shop.deadLetters(picky)
    await world.until(
      async () => (await letters.count()) === 1 && seen.of(2).length === 3,
      () => `one dead letter, and three runs of the other; handlers saw ${seen.text}`,
    )
    deepEqual(seen.attempts(1), [1])
    const [letter] = await letters.peek()
    deepEqual([letter?.reason, letter?.attempts, letter?.error], ['rejected', 1, 'TypeError: no such card'])
  },
})

const hookSees = defineCase({
  id: 'retry-04',
  title: 'when the policy is asked whether an error is retried, it is shown the error and the attempt that failed',
  clauses: ['retry.when', 'retry.attempt-meaning', 'define.policy-per-consumer'],
  protects: 'a policy that cannot tell the third failure from the first',
  uses: [orders],
  run: async (world) => {
    const shop = await world.open()
    const worker = await world.open()
    const asked: (readonly [string, number])[] = []
    const when = (error: unknown, attempt: number): boolean => {
      asked.push([error instanceof Error ? error.message : 'no error', attempt])
      return attempt < 3
    }
    worker.subscribe(
      orders,
      ({ attempt }) => {
        throw new Error(`failure ${attempt}`)
      },
      {},
      { retry: { ...AT_ONCE, when } },
    )
    await shop.send(orders, { n: 1 })
    const letters = shop.deadLetters(orders)
    await world.until(
      async () => (await letters.count()) === 1,
      () => `one dead letter; the policy was asked ${asked.length} times`,
    )
    deepEqual(
      asked,
      [1, 2, 3].map((attempt) => [`failure ${attempt}`, attempt]),
    )
  },
})

/** How a source's failures are counted, and where. */
export const counting: readonly Case[] = [exactCount, neverMultiplied, notRetried, hookSees]
