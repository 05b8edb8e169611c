import { queue } from '@anymq/core'
import { ok } from 'node:assert/strict'
import { describe, expect, test } from 'vitest'
import { memoryHarness } from '../../test/memory.ts'
import { smallCase } from '../../test/small-case.ts'
import type { Case } from '../case.ts'
import { ITEM } from '../cases/items.ts'
import type { Harness, Site } from '../harness.ts'
import { runCase } from './run-case.ts'

const FAILS: Partial<Case> = { run: async () => ok(false, 'the order did not come') }

/** The harness, its sites changed. */
function changed(harness: Harness, change: (site: Site) => Partial<Site>): Harness {
  return {
    ...harness,
    open: async (namespace) => {
      const site = await harness.open(namespace)
      return { ...site, ...change(site) }
    },
  }
}

/** Counts how often the case itself is run. */
function counted(own: Partial<Case> = {}): { readonly one: Case; readonly runs: () => number } {
  let runs = 0
  const run = async (): Promise<void> => void runs++
  return { one: smallCase({ ...own, run }), runs: () => runs }
}

describe('known to fail', () => {
  const known = { ...memoryHarness(), known: { 'send-01': 'the broker is slow' } }

  test('it fails: known, with the reason', async () => {
    const verdict = await runCase(smallCase(FAILS), known)
    expect(verdict.outcome).toBe('known')
    expect(verdict.message).toMatch(/^the broker is slow/)
    expect(verdict).not.toHaveProperty('trouble')
  })

  test('it passes: told to take it off the list', async () => {
    const verdict = await runCase(smallCase(), known)
    expect(verdict).toMatchObject({
      outcome: 'fail',
      message: 'it passes, and the harness lists it as known to fail (the broker is slow): take it off the list',
    })
  })

  test('another case is none of it', async () => {
    expect(await runCase(smallCase({ ...FAILS, id: 'send-02' }), known)).toMatchObject({ outcome: 'fail' })
    expect(await runCase(smallCase({ id: 'send-02' }), known)).toMatchObject({ outcome: 'pass' })
  })
})

describe('unproven', () => {
  test('by the list of the harness: no place is made', async () => {
    let opened = 0
    const harness: Harness = {
      ...memoryHarness(),
      unproven: { 'send-01': 'nobody can see it' },
      open: () => {
        opened++
        throw new Error('not for this case')
      },
    }
    const verdict = await runCase(smallCase(FAILS), harness)
    expect(verdict).toMatchObject({ outcome: 'unproven', message: 'nobody can see it' })
    expect(verdict).not.toHaveProperty('trouble')
    expect(opened).toBe(0)
  })

  test.for<[string, Partial<Case>, Partial<Site>, string]>([
    ['no harm at all', { harm: ['cut'] }, { disturb: {} }, 'the harness has no way to do this harm: cut'],
    [
      'some harm, and not this one',
      { harm: ['cut', 'kill'] },
      { disturb: { cut: async () => 'it was cut' } },
      'the harness has no way to do this harm: kill',
    ],
  ])('where the harness can do %s', async ([, own, site, message]) => {
    const { one, runs } = counted(own)
    expect(
      await runCase(
        one,
        changed(memoryHarness(), () => site),
      ),
    ).toMatchObject({ outcome: 'unproven', message })
    expect(runs()).toBe(0)
  })

  test('where the harness has no way to put a foreign message, or does no harm; its place is closed', async () => {
    let closed = 0
    const bare: Harness = {
      ...memoryHarness(),
      open: async (namespace) => {
        const site = await memoryHarness().open(namespace)
        return { adapter: () => site.adapter(), close: async () => void closed++ }
      },
    }
    const verdicts = await Promise.all([
      runCase(smallCase({ foreign: true }), bare),
      runCase(smallCase({ harm: ['cut'] }), bare),
    ])
    expect(verdicts.map(({ outcome, message }) => [outcome, message])).toEqual([
      ['unproven', 'the harness has no way to put a message without the library'],
      ['unproven', 'the harness has no way to do this harm: cut'],
    ])
    expect(closed).toBe(2)
  })

  test('nothing is unproven that the harness can do', async () => {
    const { one, runs } = counted({ foreign: true, harm: ['cut', 'restart'] })
    expect(await runCase(one, memoryHarness())).toMatchObject({ outcome: 'pass' })
    expect(runs()).toBe(1)
  })
})

describe('what the broker does not have', () => {
  const without = memoryHarness({ mask: ['dedupe'] })
  const deduped = { needs: ['dedupe'] as const, uses: [queue('orders', { schema: ITEM, dedupe: { window: '5m' } })] }

  test('its refusal is the test, not the case', async () => {
    const { one, runs } = counted(deduped)
    expect(await runCase(one, without)).toMatchObject({ outcome: 'pass', level: 'unsupported' })
    expect(runs()).toBe(0)
  })

  test('a definition that is accepted all the same', async () => {
    // What it says it needs, it does not ask for: then nothing can be refused.
    const { one } = counted({ needs: ['dedupe'] })
    expect(await runCase(one, without)).toMatchObject({
      outcome: 'fail',
      trouble: 'claim',
      level: 'unsupported',
      message: 'the manifest says unsupported for dedupe, and a definition that asks for it was accepted',
    })
  })

  test('a refusal that leaves something on the broker', async () => {
    let looks = 0
    const entities = async (): Promise<readonly string[]> => (looks++ === 0 ? [] : ['orders.dead'])
    const { one } = counted(deduped)
    expect(
      await runCase(
        one,
        changed(without, () => ({ entities })),
      ),
    ).toMatchObject({
      outcome: 'fail',
      message: 'a refused definition left something on the broker: orders.dead',
    })
  })

  test('a refusal for another reason', async () => {
    const { one } = counted({ ...deduped, uses: [...deduped.uses, queue('orders')] })
    const { outcome, message } = await runCase(one, without)
    expect(outcome).toBe('fail')
    expect(message).toMatch(/^asking for dedupe was answered with [^]*orders[^]*; expected MQ_UNSUPPORTED$/)
  })
})
