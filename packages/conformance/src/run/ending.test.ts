import type { Broker } from '@anymq/core'
import { ok } from 'node:assert/strict'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { memoryHarness } from '../../test/memory.ts'
import { orders, smallCase } from '../../test/small-case.ts'
import type { Harness, Site } from '../harness.ts'
import { withSeam } from '../seam/seam.ts'
import { runCase } from './run-case.ts'

const never = (): Promise<never> => new Promise(() => undefined)

/** A harness whose sites are changed; without another `close`, those that are closed are counted. */
function watched(
  change: (site: Site) => Partial<Site> = () => ({}),
  harness: Harness = memoryHarness(),
): { readonly harness: Harness; readonly closed: () => number } {
  let closed = 0
  const open = async (namespace: string): Promise<Site> => {
    const site = await harness.open(namespace)
    return { ...site, close: async () => void closed++, ...change(site) }
  }
  return { harness: { ...harness, open }, closed: () => closed }
}

describe('a case that does not end', () => {
  test('waits for what cannot happen: late, and what was opened is closed', async () => {
    const { harness, closed } = watched()
    let broker: Broker | undefined
    const one = smallCase({
      run: async (world) => {
        broker = (await world.open()).broker
        await never()
      },
    })
    expect(await runCase(one, harness)).toMatchObject({
      outcome: 'fail',
      trouble: 'late',
      message: 'the case waits for something, and nothing is left that could happen',
    })
    expect(broker?.health()).toMatchObject({ status: 'down', reasons: ['the broker object is closed'] })
    expect(closed()).toBe(1)
  })

  test('sleeps again and again: late after two hours of virtual time', async () => {
    const { harness, closed } = watched()
    const stop = new AbortController()
    const one = smallCase({
      run: async (world) => {
        while (!stop.signal.aborted) await world.sleep(600_000)
      },
    })
    const verdict = await runCase(one, harness)
    // What is left to itself must not run for ever behind other tests.
    stop.abort()
    expect(verdict).toMatchObject({
      trouble: 'late',
      message: 'the case did not end within 7200000 ms of virtual time',
    })
    expect(closed()).toBe(1)
  })

  test('in real time: late when its budget is used up', async () => {
    const { harness, closed } = watched(undefined, { ...memoryHarness({ time: 'real' }), quiet: 10 })
    const verdict = await runCase(smallCase({ run: never, budget: 60 }), harness)
    expect(verdict).toMatchObject({ trouble: 'late', message: 'the case did not end within 60 ms' })
    expect(closed()).toBe(1)
  })
})

describe('a driver that does not do its part', () => {
  test('it cannot connect: its own words are told', async () => {
    const { harness, closed } = watched((site) => ({
      adapter: () => ({ ...site.adapter(), connect: () => Promise.reject(new Error('nobody listens there')) }),
    }))
    const { outcome, trouble, message } = await runCase(smallCase(), { ...harness, known: { 'send-01': 'it is slow' } })
    expect([outcome, trouble]).toEqual(['fail', 'harness'])
    expect(message).toContain('nobody listens there')
    expect(closed()).toBe(1)
  })

  test('it does not answer who connects: told by the library, not by a limit', async () => {
    const { harness } = watched((site) => ({ adapter: () => ({ ...site.adapter(), connect: never }) }))
    const { trouble, message } = await runCase(smallCase(), harness)
    expect(trouble).toBe('harness')
    expect(message).toMatch(/^MqError: no connection to the memory broker .* in 20s/)
  })

  test('its queue never becomes empty: the accounting ends, and says what was there', async () => {
    const { harness } = watched((site) => ({
      // It takes every settlement, and keeps none: each message comes again when its lease ends.
      adapter: () => withSeam(site.adapter(), () => ({ settle: async () => ({}) })),
    }))
    const one = smallCase({ run: async (world) => void (await (await world.open()).send(orders, { n: 1 })) })
    const { trouble, message } = await runCase(one, harness)
    expect(trouble).toBe('history')
    expect(message).toContain('came again without a reason')
    expect(message).toMatch(/and \d+ more of this kind$/)
  })
})

describe('a harness that makes no place', () => {
  test('it throws, or rejects', async () => {
    const open = (): never => {
      throw new Error('the container did not start')
    }
    const verdicts = await Promise.all([
      runCase(smallCase(), { ...memoryHarness(), open }),
      runCase(smallCase(), { ...memoryHarness(), open: async () => open() }),
    ])
    const failure = { outcome: 'fail', trouble: 'harness', message: 'Error: the container did not start' }
    expect(verdicts).toMatchObject([failure, failure])
  })

  test('it cannot take its place down', async () => {
    const { harness } = watched(() => ({ close: () => Promise.reject(new Error('the queues are still there')) }))
    expect(await runCase(smallCase(), harness)).toMatchObject({
      outcome: 'fail',
      trouble: 'harness',
      message: 'Error: the queues are still there',
    })
    const failing = smallCase({ run: async () => ok(false, 'the order did not come') })
    expect(await runCase(failing, harness)).toMatchObject({ trouble: 'claim', message: 'the order did not come' })
  })
})

describe('a harness that does not answer', () => {
  // Only what limits the harness is the machine's time here: the rest waits for the event loop.
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }))
  afterEach(() => void vi.useRealTimers())

  async function hang(): Promise<never> {
    await vi.advanceTimersByTimeAsync(30_000)
    return never()
  }

  test('`open` is named', async () => {
    expect(await runCase(smallCase(), { ...memoryHarness(), open: hang })).toMatchObject({
      outcome: 'fail',
      trouble: 'harness',
      message: '`open` of the harness did not end within 30000 ms',
    })
  })

  test('`close` is named', async () => {
    const { harness } = watched(() => ({ close: hang }))
    expect(await runCase(smallCase(), harness)).toMatchObject({
      outcome: 'fail',
      trouble: 'harness',
      message: '`close` of the site that the harness made did not end within 30000 ms',
    })
  })
})
