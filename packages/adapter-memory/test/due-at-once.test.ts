import { fixed, queue, RetryAfter, type } from '@anymq/core'
import { describe, expect, test } from 'vitest'
import { memoryServer, type MemoryMask } from '../src/index.ts'
import { lacking } from './masks.ts'
import { world } from './world.ts'

const jobs = queue('jobs', {
  schema: type<number>(),
  retry: { attempts: 4, backoff: fixed(0) },
  delay: { max: '1h' },
})
const filler = queue('filler', { schema: type<number>() })

const WAITS: [string, MemoryMask[]][] = [
  ['tiers', ['delay', 'atomicMove', 'countsFailures']],
  ['hops', ['longDelay', 'atomicMove', 'countsFailures']],
]

describe.for(WAITS)('waiting in %s', ([, mask]: [string, MemoryMask[]]) => {
  test('retry.attempts: a retry without a pause comes again at once', async () => {
    const w = world([jobs])
    const b = await w.broker({}, lacking(w.server, mask))
    const runs: number[] = []
    b.consumer(jobs).subscribe(({ attempt }) => {
      runs.push(attempt)
      throw attempt === 1 ? new RetryAfter(0) : new Error('no')
    })
    await b.send(jobs, 1)
    await w.clock.advance('1m')
    expect(runs).toEqual([1, 2, 3, 4])
    expect(await b.stats(jobs)).toMatchObject({ ready: 0, leased: 0, delayed: 0, dead: 1 })
  })

  test('send.retry-same-id, delay.floor: what became due while its send was tried again goes straight there', async () => {
    const w = world([jobs], memoryServer({ maxMessages: 1 }))
    const b = await w.broker({}, lacking(w.server, mask))
    await b.send(jobs, 1)
    const sent = b.send(jobs, 2, { delay: '2s', timeout: '1m' })
    await w.clock.advance('5s')
    const seen: number[] = []
    b.consumer(jobs).subscribe(({ body }) => void seen.push(body))
    await w.clock.advance('30s')
    await sent
    expect(seen).toEqual([1, 2])
  })

  test('retry.forward-never-loses, life.health: a copy that became due while it could not be written still gets through', async () => {
    const w = world([jobs, filler], memoryServer({ maxMessages: 2 }))
    const b = await w.broker({}, lacking(w.server, mask))
    const runs: number[] = []
    await b.send(filler, 0)
    b.consumer(jobs).subscribe(({ attempt }) => {
      runs.push(attempt)
      if (attempt === 1) throw new RetryAfter('1s')
    })
    await b.send(jobs, 1)
    // There is no room for the copy.
    await w.clock.advance('10s')
    expect(runs).toEqual([1])
    expect(b.health().reasons).toEqual([expect.stringContaining('messages of "jobs" cannot be moved on to "jobs"')])
    await (await b.consumer(filler).receive())[0]!.ack()
    await w.clock.advance('10s')
    expect(runs).toEqual([1, 2])
  })
})
