import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { DeadLetter, queue, type as typed } from '@anymq/core'
import { expect, onTestFinished, test } from 'vitest'
import { world } from './world.ts'

const work = queue('work', { schema: typed<number>() })

/** Listens on one channel for the length of a test. */
function listen(event: string, listener: (message: unknown) => void): void {
  const name = `anymq:${event}`
  subscribe(name, listener)
  onTestFinished(() => void unsubscribe(name, listener))
}

async function oneDeath(options: Parameters<ReturnType<typeof world>['broker']>[0] = {}) {
  const w = world([work])
  const b = await w.broker(options)
  b.consumer(work).subscribe(() => {
    throw new DeadLetter('declined')
  })
  await b.producer(work).send(1, { id: 'w-1' })
  await w.clock.settle()
  return { ...w, b }
}

test('each event is mirrored on its diagnostics channel, with the adapter, also where nobody listens to onEvent', async () => {
  const seen: unknown[] = []
  listen('dead-letter', (message) => seen.push(message))
  listen('connected', (message) => seen.push(message))
  const { events } = await oneDeath()
  expect(seen).toMatchObject([
    { event: 'connected', again: false, adapter: 'memory' },
    { event: 'dead-letter', source: 'work', id: 'w-1', reason: 'rejected', adapter: 'memory' },
  ])
  expect(events.find(({ event }) => event === 'dead-letter')).not.toHaveProperty('adapter')
  await oneDeath({ onEvent: undefined as never })
  expect(seen).toHaveLength(4)
})

test('error.none-unhandled: a diagnostics subscriber that throws harms nothing here; Node reports what it threw', async () => {
  const reported: unknown[] = []
  process.setUncaughtExceptionCaptureCallback((error) => void reported.push(error))
  onTestFinished(() => process.setUncaughtExceptionCaptureCallback(null))
  const error = new Error('a subscriber')
  listen('dead-letter', () => {
    throw error
  })
  const { b, events } = await oneDeath()
  expect(events.some(({ event }) => event === 'dead-letter')).toBe(true)
  expect([await b.deadLetters(work).count(), b.health().status, reported]).toEqual([1, 'up', [error]])
})
