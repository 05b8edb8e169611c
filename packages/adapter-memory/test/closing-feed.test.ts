import { fixed, queue, type } from '@anymq/core'
import { expect, test } from 'vitest'
import { faulty } from './faulty.ts'
import { masked } from './masked.ts'
import { eventsOf, gate, world } from './world.ts'

const jobs = queue('jobs', {
  schema: type<number>(),
  retry: { attempts: 5, backoff: fixed('10s') },
  lease: '5s',
  timeout: '1m',
})

/** A broker that counts no failures; its feeds stop when the test says so, as polls that are on their way. */
async function slowToStop() {
  const w = world([jobs])
  const polls = gate()
  const b = await w.broker(
    {},
    masked(
      { settlements: true },
      w.server,
      faulty(
        {
          stop: async (next) => {
            await next()
            await polls.passed
          },
        },
        w.server,
      ),
    ),
  )
  return { w, b, polls }
}

test('close.sequence: what waits for a retry goes back at once, however long the feed takes to stop', async () => {
  const { w, b, polls } = await slowToStop()
  const work = b.consumer(jobs).subscribe(() => {
    throw new Error('always')
  })
  await b.producer(jobs).send(1)
  await w.clock.settle()
  const closing = work.close({ timeout: '20s' })
  await w.clock.settle()
  expect(await b.stats(jobs)).toMatchObject({ ready: 1, leased: 0 })
  polls.open()
  await closing
})

test('subscribe while the feed of the last one is closing: nothing is taken from it that would be lost with it', async () => {
  const { w, b, polls } = await slowToStop()
  const consumer = b.consumer(jobs)
  const first = consumer.subscribe(() => {
    throw new Error('not yet')
  })
  await b.producer(jobs).send(1)
  await w.clock.settle()
  const closing = first.close({ timeout: '20s' })
  await w.clock.advance('1s')
  const end = gate()
  let runs = 0
  const second = consumer.subscribe(async () => {
    runs++
    await end.passed
  })
  let isReady = false
  void second.ready.then(() => (isReady = true))
  await w.clock.advance('12s')
  expect([runs, isReady]).toEqual([0, false])
  polls.open()
  await closing
  await second.ready
  await w.clock.advance('12s')
  end.open()
  await w.clock.settle()
  expect([runs, eventsOf(w.events, 'lease-lost')]).toEqual([1, []])
})
