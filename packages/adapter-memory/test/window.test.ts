import { fixed, queue, type } from '@anymq/core'
import type { Adapter, Driver } from '@anymq/core/driver'
import { expect, test } from 'vitest'
import { memory, type MemoryConnection, type MemoryManifest } from '../src/index.ts'
import { masked } from './masked.ts'
import { finish, world, type World } from './world.ts'

const jobs = queue('jobs', {
  schema: type<number>(),
  retry: { attempts: 3, backoff: fixed('10s') },
  lease: '5s',
  timeout: '1m',
})

type MemoryDriver = Driver<MemoryManifest, unknown, MemoryConnection>

/** A broker that may hold 100 messages unsettled, counts no failures, and remembers the windows that it was told. */
function narrow(w: World, told: number[]) {
  const full: Adapter<MemoryManifest, unknown, MemoryConnection> = memory({ server: w.server })
  return masked({ settlements: true }, w.server, {
    ...full,
    connect: async (context, signal) => watched(await full.connect(context, signal), told),
  })
}

function watched(driver: MemoryDriver, told: number[]): MemoryDriver {
  return {
    manifest: { ...driver.manifest, span: 100 },
    native: driver.native,
    ensure: (target, mode) => driver.ensure(target, mode),
    send: (target, batch) => driver.send(target, batch),
    open: async (target, options, sink) => {
      told.push(options.window)
      const feed = await driver.open(target, options, sink)
      return {
        settle: (batch, urgent) => feed.settle(batch, urgent),
        resize: (window) => {
          told.push(window)
          return feed.resize(window)
        },
        get alive() {
          return feed.alive
        },
        stop: () => feed.stop(),
        close: () => feed.close(),
      }
    },
    stats: (target) => driver.stats(target),
    purge: (target) => driver.purge(target),
    remove: (target) => driver.remove(target),
    classify: (error) => driver.classify(error),
    close: () => driver.close(),
  }
}

test('buffer.bounded: retries that wait here widen the window up to the span, and when they are over it is as before', async () => {
  const w = world([jobs])
  const told: number[] = []
  const b = await w.broker({}, narrow(w, told))
  b.consumer(jobs).subscribe(
    (message) => {
      if (message.attempt === 1) throw new Error('not yet')
    },
    { concurrency: 1 },
  )
  await b.producer(jobs).sendBatch(Array.from({ length: 150 }, (_, body) => ({ body })))
  await w.clock.advance('1m')
  expect(await b.stats(jobs)).toMatchObject({ ready: 0, leased: 0 })
  expect([told[0], Math.max(...told), told.at(-1)]).toEqual([2, 100, 2])
})

test('buffer.bounded: what a user pulled and settled takes no room any more', async () => {
  const w = world([jobs])
  const told: number[] = []
  const b = await w.broker({}, narrow(w, told))
  const consumer = b.consumer(jobs)
  await b.producer(jobs).sendBatch(Array.from({ length: 40 }, (_, body) => ({ body })))
  const messages = await finish(w.clock, consumer.receive({ max: 40 }))
  consumer.subscribe(() => {}, { concurrency: 1 })
  await w.clock.settle()
  expect(told.at(-1)).toBe(66)
  await Promise.all(messages.map((message) => message.ack()))
  await w.clock.advance('2s')
  expect(told.at(-1)).toBe(2)
})
