import { exponential, queue } from '@anymq/core'
import { equal } from 'node:assert/strict'
import { expect, test } from 'vitest'
import { memoryHarness } from '../../test/memory.ts'
import { smallCase } from '../../test/small-case.ts'
import { ITEM } from '../cases/items.ts'
import type { World } from '../world/world.ts'
import { runCase } from './run-case.ts'

const failing = queue('orders', { schema: ITEM, retry: { attempts: 6, backoff: exponential('1s', '5m') } })

/** When each run of a handler that always fails began: the pauses between them are drawn. */
async function pauses(seed: number | undefined): Promise<{ readonly at: readonly number[]; readonly seed: number }> {
  const at: number[] = []
  const run = async (world: World): Promise<void> => {
    const shop = await world.open()
    shop.subscribe(failing, () => {
      at.push(world.now())
      throw new Error('not today')
    })
    await shop.send(failing, { n: 1 })
    await world.until(() => at.length === 6, 'six runs')
  }
  const verdict = await runCase(
    smallCase({ uses: [failing], run }),
    memoryHarness(),
    seed === undefined ? {} : { seed },
  )
  equal(verdict.outcome, 'pass', verdict.message)
  return { at, seed: verdict.seed }
}

test('the same seed gives the same run, and another one another', async () => {
  const first = await pauses(7)
  expect(first.seed).toBe(7)
  expect(await pauses(7)).toEqual(first)
  expect((await pauses(8)).at).not.toEqual(first.at)
})

test('a seed that was drawn is told, and brings the run again', async () => {
  const drawn = await pauses(undefined)
  expect(await pauses(drawn.seed)).toEqual(drawn)
  expect((await pauses(undefined)).seed).not.toBe(drawn.seed)
})
