import { Defer, fixed, MqError, queue, type, type Subscription } from '@anymq/core'
import { expect, test } from 'vitest'
import { eventsOf, gate, world } from './world.ts'

const jobs = queue('jobs', {
  schema: type<number>(),
  retry: { attempts: 3, backoff: fixed('1s') },
  lease: '10s',
  timeout: '1m',
})

/** A subscription that notes when each message started. */
async function noting(handler: (body: number) => unknown = () => undefined) {
  const { broker, clock, events } = world([jobs])
  const b = await broker()
  const starts: string[] = []
  const work = b.consumer(jobs).subscribe(({ body, attempt }) => {
    starts.push(`${body}:${attempt}@${clock.monotonic()}`)
    return handler(body)
  })
  await work.ready
  const send = (...bodies: number[]) => b.producer(jobs).sendBatch(bodies.map((body) => ({ body })))
  return { b, clock, events, starts, work, send }
}

test('consume.pause-for: it resumes by itself, not before and hardly after; what was leased is given back meanwhile', async () => {
  const { b, clock, starts, work, send } = await noting()
  work.pause({ for: '30s' })
  await send(1, 2)
  await clock.advance('29s')
  expect(starts).toEqual([])
  expect(await b.stats(jobs)).toMatchObject({ ready: 2, leased: 0 })
  await clock.advance('2s')
  expect(starts).toEqual(['1:1@30000', '2:1@30000'])
})

test.for<[string, (work: Subscription) => void, number | undefined]>([
  ['resume ends it', (work) => work.resume(), 5000],
  ['pause makes it last', (work) => work.pause(), undefined],
  ['a longer one', (work) => work.pause({ for: '1m' }), 65_000],
  ['a shorter one', (work) => work.pause({ for: '1s' }), 6000],
])('consume.pause-for: the last call counts: %s', async ([, then, at]) => {
  const { clock, starts, work, send } = await noting()
  work.pause({ for: '30s' })
  await send(1)
  await clock.advance('5s')
  then(work)
  await clock.advance('5m')
  expect(starts).toEqual(at === undefined ? [] : [`1:1@${at}`])
})

test('consume.pause-for, close.exits: a pause for a time also ends one without end, and a subscription closed meanwhile leaves no timer', async () => {
  const { clock, starts, work, send } = await noting()
  work.pause()
  await send(1)
  work.pause({ for: '5s' })
  await clock.advance('6s')
  expect(starts).toEqual(['1:1@5000'])
  work.pause({ for: '1h' })
  await work.close()
  // After the end it says nothing any more; the world counts the timers that are left.
  work.pause({ for: '1h' })
  work.resume()
  await send(2)
  await clock.advance('2h')
  expect(starts).toEqual(['1:1@5000'])
})

test('consume.defer-pause: the message comes back uncounted, and nothing else starts before', async () => {
  let outage = true
  const { clock, starts, events, send } = await noting((body) => {
    if (body === 1 && outage) throw new Defer('30s', { pause: true })
  })
  await send(1)
  await clock.settle()
  await send(2, 3)
  await clock.advance('29s')
  expect(starts).toEqual(['1:1@0'])
  expect(eventsOf(events, 'paused')).toMatchObject([{ source: 'jobs', duration: 30_000 }])
  outage = false
  await clock.advance('2s')
  expect(starts.toSorted()).toEqual(['1:1@0', '1:1@30000', '2:1@30000', '3:1@30000'])
})

test('consume.defer-pause: the later end counts, and handlers that run go on', async () => {
  const gates = [gate(), gate(), gate()]
  const { clock, starts, work, send } = await noting(async (body) => {
    if (body > 2) return
    await gates[body]!.passed
    throw new Defer(['20s', '60s', '5s'][body] as '20s', { pause: true })
  })
  await send(0, 1, 2)
  await clock.settle()
  expect(work.running).toBe(3)
  for (const { open } of gates) {
    open()
    await clock.advance('1s')
  }
  await send(9)
  // The second said 60 s at 1 s; the third, at 2 s, does not shorten it.
  await clock.advance('57s')
  expect(starts.filter((start) => start.startsWith('9'))).toEqual([])
  await clock.advance('1s')
  expect(starts.filter((start) => start.startsWith('9'))).toEqual(['9:1@61000'])
})

test('consume.defer-pause: it does not end a pause of the user’s', async () => {
  const { passed, open } = gate()
  const { clock, starts, work, send } = await noting(async () => {
    await passed
    throw new Defer('5s', { pause: true })
  })
  await send(1)
  await clock.settle()
  work.pause()
  open()
  await clock.advance('1h')
  expect(starts).toEqual(['1:1@0'])
})

test('a bad pause is refused by name', async () => {
  const { work } = await noting()
  for (const [options, message] of [
    [{ for: 'soon' }, /options > for: is "soon"; give milliseconds as a number.*, from 1 to 2147483647 ms/],
    [{ for: 0 }, /options > for: is 0/],
    [{ fore: '5s' }, /options > fore: is an unknown field; the fields are for/],
    [5, /options: is 5; give an object/],
  ] as const) {
    const refused = (): void => work.pause(options as never)
    expect(refused).toThrow(message)
    expect(refused).toThrow(MqError)
  }
})
