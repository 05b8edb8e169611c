import { testBroker } from '@anymq/adapter-memory/testing'
import { type, queue, type Handling } from '@anymq/core'
import { expect, onTestFinished, test } from 'vitest'
import { Busy, Down, mailing, mails, patientMailing, pauseFor } from './rate-limits-and-outages.ts'

/** A provider that answers as `answer` says, and notes who asked and when, in seconds. */
async function provider(
  mailer: (send: (to: string) => Promise<void>) => Handling,
  answer: (to: string, seconds: number) => Error | undefined,
) {
  const asked: string[] = []
  const t = await testBroker({
    handlers: [
      mailer(async (to) => {
        const seconds = t.clock.monotonic() / 1000
        asked.push(`${to} at ${Math.floor(seconds)}`)
        const error = answer(to, seconds)
        if (error !== undefined) throw error
      }),
    ],
  })
  onTestFinished(() => t.close())
  return {
    t,
    asked,
    send: (...to: string[]) => t.broker.producer(mails).sendBatch(to.map((one) => ({ body: { to: one } }))),
  }
}

test('no more starts than the rate allows', async () => {
  const { t, asked, send } = await provider(mailing, () => undefined)
  await send(...'abcdefghijkl')
  await t.advance('900ms')
  expect(asked).toHaveLength(5)
  await t.advance('1s')
  expect(asked).toHaveLength(10)
  await t.advance('1s')
  expect(asked).toHaveLength(12)
})

test('a busy provider gets one mail later; the others go on, and nothing counts', async () => {
  const { t, asked, send } = await provider(patientMailing, (to, s) => (to === 'a' && s < 60 ? new Busy() : undefined))
  await send('a', 'b')
  await t.waitFor(mails, ({ body }) => body.to === 'a', 'acked')
  expect(asked.slice(0, 2)).toEqual(['a at 0', 'b at 0'])
  expect(asked.filter((line) => line.startsWith('a'))).toEqual([0, 10, 20, 30, 40, 50, 60].map((s) => `a at ${s}`))
})

test('while the provider is down hardly anybody asks, and no mail loses an attempt, however long it takes', async () => {
  const { t, asked, send } = await provider(patientMailing, (_to, seconds) => (seconds < 7200 ? new Down() : undefined))
  await send('a', 'b', 'c', 'd')
  await t.advance('3h')
  expect(await t.broker.stats(mails)).toMatchObject({ ready: 0, leased: 0, delayed: 0, dead: 0 })
  // At most the two that were started together, once a minute.
  expect(asked.length).toBeLessThanOrEqual(2 * 121 + 4)
})

test('somebody else knows of an outage: a subscription is paused from outside', async () => {
  const jobs = queue('jobs', { schema: type<number>() })
  const starts: number[] = []
  await using t = await testBroker({ definitions: [jobs] })
  const work = t.broker.consumer(jobs).subscribe(() => void starts.push(t.clock.monotonic()))
  pauseFor(work, '30m')
  await t.broker.send(jobs, 1)
  await t.advance('1h')
  expect(starts).toEqual([1_800_000])
})
