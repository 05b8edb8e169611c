import { expect, test } from 'vitest'
import { z } from 'zod'
import { group } from '../definition/group.ts'
import { queue } from '../definition/queue.ts'
import { topic } from '../definition/topic.ts'
import type { Message } from '../message.ts'
import { fakeMessage } from './fake-message.ts'

const orders = queue('orders', { schema: z.object({ id: z.string() }) })

test('a fake message looks like the first delivery of a plain one', () => {
  const message = fakeMessage(orders, { id: 'o-1' })
  expect(message).toMatchObject({
    id: 'fake-1',
    idSource: 'producer',
    body: { id: 'o-1' },
    headers: {},
    attempt: 1,
    redriven: 0,
    source: 'orders',
    extensions: [],
    sent: [],
  })
  expect([message.type, message.key, message.priority, message.settlement, message.signal.aborted]).toEqual([
    undefined,
    undefined,
    undefined,
    undefined,
    false,
  ])
  const { signal } = new AbortController()
  const sentAt = new Date(5)
  const own = {
    id: 'x',
    type: 't',
    headers: { a: 'b' },
    key: 'k',
    priority: 'vip',
    attempt: 3,
    redriven: 2,
    sentAt,
    signal,
  }
  expect(fakeMessage(group(topic('placed'), 'payment'), 1, own)).toMatchObject({ ...own, source: 'placed/payment' })
})

test.for<[string, (message: Message) => Promise<void>, object]>([
  ['ack', (message) => message.ack(), { verb: 'ack' }],
  ['retry', (message) => message.retry(), { verb: 'retry', after: undefined }],
  ['retry after', (message) => message.retry({ after: '5s' }), { verb: 'retry', after: '5s' }],
  ['deadLetter', (message) => message.deadLetter('why'), { verb: 'deadLetter', why: 'why' }],
  ['defer', (message) => message.defer('1m'), { verb: 'defer', after: '1m' }],
])(
  'settle.first-wins: %s is recorded, and everything after it is refused as a broker would',
  async ([, verb, settlement]) => {
    const message = fakeMessage(orders, { id: 'o-1' })
    await verb(message)
    for (const late of [
      () => message.ack(),
      () => message.retry(),
      () => message.deadLetter(),
      () => message.defer(1),
      () => message.extend(1),
    ]) {
      await expect(late()).rejects.toMatchObject({ code: 'MQ_ALREADY_SETTLED' })
    }
    expect([message.settlement, message.extensions]).toEqual([settlement, []])
  },
)

test('a wait that is no duration is refused as a broker would, and settles nothing', async () => {
  const message = fakeMessage(orders, { id: 'o-1' })
  const wrong = 'soon' as '1s'
  for (const call of [() => message.retry({ after: wrong }), () => message.defer(wrong), () => message.extend(wrong)]) {
    await expect(call()).rejects.toMatchObject({
      code: 'MQ_INVALID',
      message: expect.stringContaining('is "soon"; give milliseconds') as string,
    })
  }
  await message.extend('1m')
  await message.extend(5)
  expect([message.settlement, message.extensions]).toEqual([undefined, ['1m', 5]])
})

test('consume.message-send: a fake records what is sent from it, under the id that the handler gave', async () => {
  const message = fakeMessage(orders, { id: 'o-1' })
  const ids = [await message.send(orders, { id: 'o-2' }, { id: 'given' }), await message.send(orders, { id: 'o-3' })]
  expect(ids).toEqual(['given', 'fake-sent-2'])
  expect(message.sent).toEqual([
    { destination: orders, body: { id: 'o-2' }, options: { id: 'given' } },
    { destination: orders, body: { id: 'o-3' }, options: undefined },
  ])
})
