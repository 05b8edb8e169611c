import { randomUUID } from 'node:crypto'
import { connect } from '@anymq/connect'
import { silentLogger, type Broker, type Queue } from '@anymq/core'
import { TestClock } from '@anymq/core/testing'
import { expect, onTestFinished, test } from 'vitest'
import { ordersV1, ordersV2, readingBoth, sendingV2 } from './schema-evolution.ts'

/** Processes of several deploys on one broker, in virtual time. */
function deploys() {
  const clock = new TestClock()
  const url = `memory:${randomUUID()}`
  const open = async (definition: Queue): Promise<Broker> => {
    const broker = await connect(url, { definitions: [definition], clock, logger: silentLogger })
    onTestFinished(() => broker.close())
    return broker
  }
  return { clock, open }
}

test('each deploy and its neighbours understand each other, and handlers know V2 alone', async () => {
  const { clock, open } = deploys()
  const [old, first, second, third] = await Promise.all([ordersV1, readingBoth, sendingV2, ordersV2].map(open))
  await old!.send(ordersV1, { id: 'o-1', euros: 1.5 })
  await first!.send(readingBoth, { id: 'o-2', euros: 2 })
  await second!.send(sendingV2, { id: 'o-3', cents: 300 })
  await third!.send(ordersV2, { id: 'o-4', cents: 400 })
  const seen: unknown[] = []
  second!.consumer(sendingV2).subscribe(({ body }) => void seen.push(body))
  await clock.advance('1s')
  expect(seen).toEqual([150, 200, 300, 400].map((cents, n) => ({ id: `o-${n + 1}`, cents })))
})

test('too early: what an old consumer cannot read is dead at once, and can be sent back to the new one', async () => {
  const { clock, open } = deploys()
  const [old, next] = [await open(ordersV1), await open(sendingV2)]
  const work = old.consumer(ordersV1).subscribe(() => undefined)
  await next.send(sendingV2, { id: 'o-1', cents: 100 })
  await clock.advance('1s')
  expect(await next.deadLetters(sendingV2).peek()).toMatchObject([{ reason: 'invalid', valid: true }])
  await work.close()
  const seen: unknown[] = []
  next.consumer(sendingV2).subscribe(({ body }) => void seen.push(body))
  await next.deadLetters(sendingV2).redrive()
  await clock.advance('1s')
  expect(seen).toEqual([{ id: 'o-1', cents: 100 }])
})

test('too early, with onInvalid: it waits for the deploy that can read it', async () => {
  const { clock, open } = deploys()
  const [old, next] = [await open(ordersV1), await open(sendingV2)]
  // #region late
  const patient = old.consumer(ordersV1, { onInvalid: 'retry' }) // an old process, while the deploy runs
  // #endregion
  patient.subscribe(() => undefined)
  await next.send(sendingV2, { id: 'o-1', cents: 100 })
  await clock.advance('30s')
  expect(await next.stats(sendingV2)).toMatchObject({ dead: 0 })
  const seen: unknown[] = []
  next.consumer(sendingV2).subscribe(({ body }) => void seen.push(body))
  await patient.close()
  await clock.advance('2m')
  expect(seen).toEqual([{ id: 'o-1', cents: 100 }])
})
