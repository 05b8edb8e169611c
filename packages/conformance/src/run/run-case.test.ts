import { ok } from 'node:assert/strict'
import { describe, expect, test } from 'vitest'
import { memoryHarness } from '../../test/memory.ts'
import { orders, smallCase } from '../../test/small-case.ts'
import type { Case } from '../case.ts'
import type { Harness } from '../harness.ts'
import { withSeam } from '../seam/seam.ts'
import type { World } from '../world/world.ts'
import { runCase } from './run-case.ts'
import type { Verdict } from './verdict.ts'

function verdictOn(
  run: Case['run'],
  own: Partial<Omit<Case, 'area'>> = {},
  harness = memoryHarness(),
): Promise<Verdict> {
  return runCase(smallCase({ ...own, run }), harness, { seed: 7 })
}

const AGAIN = {
  fact: 'event',
  event: 'retry',
  source: 'orders',
  id: 'm',
  attempt: 1,
  delay: 0,
  reason: undefined,
} as const

/** One message, sent and handled. */
async function oneOrder(world: World): Promise<void> {
  const shop = await world.open()
  const seen: number[] = []
  shop.subscribe(orders, ({ body }) => void seen.push(body.n))
  await shop.send(orders, { n: 1 })
  await world.until(() => seen.length === 1, 'the order')
}

/** The memory broker, which confirms what it is sent and has it nowhere. */
function forgetful(): Harness {
  const harness = memoryHarness()
  return {
    ...harness,
    open: async (namespace) => {
      const site = await harness.open(namespace)
      return { ...site, adapter: () => withSeam(site.adapter(), () => ({ send: async () => ({}) })) }
    },
  }
}

describe('a case that keeps its promise', () => {
  test('passes, and nothing is said of it', async () => {
    const { took, ...verdict } = await verdictOn(oneOrder)
    expect(verdict).toEqual({
      id: 'send-01',
      title: 'when a small case is run, it passes',
      area: 'send',
      profile: 'full',
      outcome: 'pass',
      level: 'native',
      seed: 7,
    })
    expect(Number.isInteger(took)).toBe(true)
  })

  test('passes in real time, too', async () => {
    const harness = { ...memoryHarness({ time: 'real' }), quiet: 10 }
    expect(await verdictOn(oneOrder, { profile: 'smoke' }, harness)).toMatchObject({
      outcome: 'pass',
      profile: 'smoke',
    })
  })

  test('is kept as well as the weakest of what it stands on', async () => {
    const harness = memoryHarness({ mask: ['ordering'] })
    const levels = [['dedupe'], ['ordering'], ['dedupe', 'ordering']] as const
    const verdicts = await Promise.all(levels.map((needs) => verdictOn(oneOrder, { needs }, harness)))
    expect(verdicts.map(({ level, outcome }) => [level, outcome])).toEqual([
      ['native', 'pass'],
      ['emulated', 'pass'],
      ['emulated', 'pass'],
    ])
  })
})

describe('a case that finds something', () => {
  test('what it asserts is the message, and nothing else', async () => {
    const verdict = await verdictOn(async () => ok(false, 'the order was handled twice'))
    expect(verdict).toMatchObject({ outcome: 'fail', trouble: 'claim', message: 'the order was handled twice' })
  })

  test.for<[string, unknown, string]>([
    ['an error', new TypeError('no such thing'), 'TypeError: no such thing'],
    ['something that is no error', 'gone', 'gone'],
  ])('it throws %s', async ([, thrown, message]) => {
    expect(await verdictOn(() => Promise.reject(thrown))).toMatchObject({ trouble: 'claim', message })
  })

  test('what it waited for in vain is named, with what was there instead', async () => {
    const { trouble, message } = await verdictOn((world) =>
      world.until(
        () => false,
        () => 'two orders; there was one',
        9000,
      ),
    )
    expect([trouble, message]).toEqual(['claim', 'NeverCame: waited 9000 ms for: two orders; there was one'])
  })

  test('what the judge finds is a failure, though the case asserts nothing', async () => {
    const { outcome, trouble, message } = await verdictOn(
      async (world) => void (await (await world.open()).send(orders, { n: 1 })),
      {},
      forgetful(),
    )
    expect([outcome, trouble]).toEqual(['fail', 'history'])
    expect(message).toMatch(/message .+ was confirmed/)
    expect(message).toContain('seed 7')
  })

  test('a fault that was asked for and left no sign proves nothing', async () => {
    const { trouble, message } = await verdictOn(async (world) => void world.fault('the queue is full'))
    expect(trouble).toBe('history')
    expect(message).toContain('nothing shows that the fault happened: the queue is full')
    const shown = await verdictOn(async (world) => world.fault('the queue is full').happened('it took nothing'))
    expect(shown.outcome).toBe('pass')
  })

  test('what the judge finds explains what the case says, and comes after it', async () => {
    const { trouble, message } = await verdictOn(async (world) => {
      const shop = await world.open()
      // Not written down: for the judge, nobody has sent it.
      await shop.broker.send(orders, { n: 1 })
      await shop.receive(orders)
      ok(false, 'the order is none of ours')
    })
    expect(trouble).toBe('history')
    expect(message).toMatch(/^the order is none of ours\nmessage .* came from orders, and nobody sent it\n/)
  })

  test('a harness that says of its harm that nothing happened proves nothing', async () => {
    const harness = memoryHarness()
    const idle: Harness = {
      ...harness,
      open: async (namespace) => ({ ...(await harness.open(namespace)), disturb: { cut: async () => '' } }),
    }
    const cut: Case['run'] = async (world) => world.disturb('cut', await world.open())
    const { trouble, message } = await verdictOn(cut, { harm: ['cut'] }, idle)
    expect([trouble, message?.split('\n')[0]]).toEqual(['history', 'nothing shows that the fault happened: cut'])
    expect((await verdictOn(cut, { harm: ['cut'] })).outcome).toBe('pass')
  })

  test('a timer that is left after everything was closed', async () => {
    const verdict = await verdictOn(async ({ site }) => void site.clock?.setTimer(() => undefined, 1e12))
    expect(verdict).toMatchObject({ trouble: 'leak', message: expect.stringContaining('timers are left') })
    expect(verdict.message).toMatch(/: 1$/)
  })

  test('things that happen again and again', async () => {
    const { outcome, message } = await verdictOn(({ history }) => {
      for (let count = 0; count < 50_000; count++) history.add('a', AGAIN)
      return new Promise(() => undefined)
    })
    expect(outcome).toBe('fail')
    expect(message).toContain('it goes on for ever: 40000 things happened')
    expect(message).toContain('the last of which are: a event, a event')
  })
})
