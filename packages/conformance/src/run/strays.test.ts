import { ok } from 'node:assert/strict'
import type { EventEmitter } from 'node:events'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { memoryHarness } from '../../test/memory.ts'
import { smallCase } from '../../test/small-case.ts'
import type { Case } from '../case.ts'
import { runCase } from './run-case.ts'
import { Strays } from './strays.ts'
import type { Verdict } from './verdict.ts'

type Listener = (...given: unknown[]) => void

const EVENTS = ['unhandledRejection', 'uncaughtException'] as const

function verdictOn(run: Case['run']): Promise<Verdict> {
  return runCase(smallCase({ run }), memoryHarness())
}

function left(): void {
  void Promise.reject(new Error('left alone'))
}

describe('what nobody handles', () => {
  const events: EventEmitter = process
  const before = new Map<string, readonly Listener[]>()
  // The test runner would take it for its own failure.
  beforeEach(() => {
    for (const event of EVENTS) {
      before.set(event, events.listeners(event) as Listener[])
      events.removeAllListeners(event)
    }
  })
  afterEach(() => {
    for (const [event, listeners] of before) for (const listener of listeners) events.on(event, listener)
  })

  test('a rejection fails a case that goes well', async () => {
    const verdict = await verdictOn(async () => left())
    expect(verdict).toMatchObject({
      outcome: 'fail',
      trouble: 'claim',
      message: 'a rejection was left unhandled: Error: left alone',
    })
  })

  test('an error that is thrown into the event loop does, too', async () => {
    const verdict = await verdictOn(async (world) => {
      setImmediate(() => {
        throw new Error('out of nowhere')
      })
      await world.sleep(1)
    })
    expect(verdict).toMatchObject({
      outcome: 'fail',
      message: 'an error was thrown where nobody could catch it: Error: out of nowhere',
    })
  })

  test('one that comes with the very last step is found', async () => {
    const strays = new Strays()
    left()
    expect(await strays.end()).toEqual(['a rejection was left unhandled: Error: left alone'])
  })

  test('it does not hide what the case itself says', async () => {
    const { message } = await verdictOn(async () => {
      left()
      ok(false, 'the order did not come')
    })
    expect(message).toBe('the order did not come')
  })

  test('of several cases at once each is told, and that it may be of another', async () => {
    const both = Promise.withResolvers<void>()
    let begun = 0
    const run = async (): Promise<void> => {
      if (++begun === 2) both.resolve()
      await both.promise
    }
    const verdicts = await Promise.all([
      verdictOn(run),
      verdictOn(async () => {
        await run()
        left()
      }),
    ])
    for (const { outcome, message } of verdicts) {
      expect(outcome).toBe('fail')
      expect(message).toContain('a rejection was left unhandled: Error: left alone (while 2 cases ran')
    }
  })

  test('nobody listens when no case runs', async () => {
    await verdictOn(async () => expect(process.listenerCount('unhandledRejection')).toBe(1))
    expect(EVENTS.map((event) => process.listenerCount(event))).toEqual([0, 0])
  })
})
