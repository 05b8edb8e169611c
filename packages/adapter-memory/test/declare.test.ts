import { group, MqError, queue, topic, type, type Broker } from '@anymq/core'
import type { Ensured, Target } from '@anymq/core/driver'
import { expect, test } from 'vitest'
import { memory, memoryServer, type MemoryConnection } from '../src/index.ts'
import { lacking } from './masks.ts'
import { audit, linesOf, names, orders, payment, placed, refusalOf, watched } from './provisioned.ts'
import { rawClient, targetOf } from './raw.ts'
import { finish, world } from './world.ts'

test('provision.declare: adds destinations at run time, and everything works with them', async () => {
  const w = world([])
  const b: Broker<MemoryConnection> = await w.broker()
  expect(() => b.producer(orders)).toThrow(/call broker\.declare\(definition\)/)
  await b.declare(orders, payment)
  await b.declare(orders)
  expect(names(w)).toEqual([
    'orders',
    'orders.dead',
    'placed.g-audit',
    'placed.g-audit.dead',
    'placed.g-payment',
    'placed.g-payment.dead',
  ])
  const runs: string[] = []
  b.consumer(orders).subscribe((message) => {
    runs.push(message.body.id)
    throw new Error('always')
  })
  await b.send(orders, { id: 'a' })
  await b.send(placed, 1)
  await w.clock.advance('5s')
  expect([runs, await b.stats(orders), (await b.stats(payment)).ready]).toEqual([
    ['a', 'a'],
    expect.objectContaining({ dead: 1 }),
    1,
  ])
  expect(await b.deadLetters(orders).count()).toBe(1)
})

test("provision.declare, capability.emulation: 'warn' says what is emulated of what comes later too, and a relay moves it", async () => {
  const w = world([])
  const b = await w.broker({ emulation: 'warn', relay: true }, lacking(w.server, ['delay']))
  const later = queue('later', { schema: type<number>(), delay: { max: '1h' } })
  await b.declare(later)
  expect(linesOf(w, 'emulated on this broker')).toMatchObject([{ fields: { capability: 'queue "later" > delay' } }])
  await b.send(later, 1, { delay: '5s' })
  await w.clock.advance('10s')
  expect(await b.stats(later)).toMatchObject({ ready: 1, delayed: 0 })
})

test('provision.declare, life.resumes: reconnects see to what was declared too', async () => {
  const w = world([])
  const asked: string[] = []
  const b = await w.broker({}, watched(w.server, asked))
  await b.declare(orders)
  asked.length = 0
  b.native.cut()
  await w.clock.advance('5s')
  expect(asked).toEqual(['create orders.dead', 'create orders'])
})

test('provision.declare: what fails leaves nothing known', async () => {
  const w = world([placed])
  const server = memoryServer()
  let isBroken = true
  const asked: string[] = []
  const answer = ({ address }: Target): Ensured => {
    if (isBroken && address === 'later') throw new MqError('MQ_DENIED', 'not allowed')
    return {}
  }
  const adapter = watched(server, asked, answer)
  const b = await w.broker({}, adapter)
  const later = queue('later')
  expect(await refusalOf(b.declare(orders, later))).toMatchObject({ code: 'MQ_DENIED' })
  for (const unknown of [orders, later])
    expect(() => b.producer(unknown as typeof orders)).toThrow(/is not one of this broker's definitions/)
  asked.length = 0
  b.native.cut()
  await w.clock.advance('5s')
  expect(asked.join()).not.toMatch(/orders|later/)
  isBroken = false
  await b.declare(orders, later)
  await b.send(orders, { id: 'a' })
})

test('provision.declare: refused as at startup: doubles, names, capabilities, and what is no definition', async () => {
  const w = world([orders])
  const b = await w.broker({ emulation: 'forbid' }, lacking(w.server, ['delay']))
  const declare = (...given: unknown[]): Promise<MqError> => refusalOf(b.declare(...(given as [never])))
  const cases: [unknown[], string, RegExp][] = [
    [[], 'MQ_CONFIG', /definitions: are none; give what queue\(\)/],
    [[5], 'MQ_CONFIG', /definitions\[0\]: is 5; give what/],
    [[undefined], 'MQ_CONFIG', /definitions\[0\]: is undefined/],
    [[orders, 'x'], 'MQ_CONFIG', /options: is "x"; give an object/],
    [[orders, { replace: false }], 'MQ_CONFIG', /options > replace: is false; give true/],
    [[orders, {}], 'MQ_CONFIG', /options > replace: is undefined; give true/],
    [[orders, { replace: true, force: 1 }], 'MQ_CONFIG', /options > force: is an unknown field/],
    [[orders, payment, { replace: true }], 'MQ_CONFIG', /definitions\[2\]: is an object/],
    [[queue('orders')], 'MQ_CONFIG', /two different definitions named "orders"/],
    [[queue('twice'), queue('twice')], 'MQ_CONFIG', /two different definitions named "twice"/],
    [[queue('later', { delay: { max: '1h' } })], 'MQ_UNSUPPORTED', /delay: is emulated on this broker/],
  ]
  for (const [given, code, message] of cases)
    expect(await declare(...given)).toMatchObject({ code, message: expect.stringMatching(message) as string })
  const strict = await w.broker({ definitions: [orders], provision: 'none' })
  expect(await refusalOf(strict.declare(orders, { replace: true }))).toMatchObject({
    code: 'MQ_CONFIG',
    message: expect.stringContaining("provision is 'none'") as string,
  })
})

test('provision.declare, close.use-after: MQ_CLOSED after close, MQ_CONNECTION while there is none', async () => {
  const w = world([])
  const good = memory({ server: w.server })
  let isUp = true
  const b = await w.broker(
    {},
    {
      ...good,
      connect: (context, signal) =>
        isUp
          ? good.connect(context, signal)
          : Promise.reject(new MqError('MQ_CONNECTION', 'down', { retryable: true })),
    },
  )
  isUp = false
  b.native.cut()
  expect(await refusalOf(b.declare(orders))).toMatchObject({ code: 'MQ_CONNECTION', retryable: true })
  expect(await refusalOf(b.remove(payment))).toMatchObject({ code: 'MQ_CONNECTION' })
  isUp = true
  await w.clock.advance('5s')
  await b.declare(orders)
  await finish(w.clock, b.close())
  expect(await refusalOf(b.declare(orders))).toMatchObject({ code: 'MQ_CLOSED' })
  expect(await refusalOf(b.remove(payment))).toMatchObject({ code: 'MQ_CLOSED' })
})

// --- remove

test('group.remove: the group, its dead letters and waiting places leave the broker, and what this broker object knows', async () => {
  for (const mask of [[], ['groups', 'delay', 'ordering'] as const]) {
    const w = world([])
    const list = topic('news', { schema: type<number>(), groups: ['mail'] })
    const before = topic('news', { schema: type<number>(), groups: ['mail', 'sms'] })
    await w.broker({ definitions: [before] }, lacking(w.server, mask))
    const b = await w.broker({ definitions: [list] }, lacking(w.server, mask))
    await b.send(list, 1)
    await b.remove(group(before, 'sms'))
    expect(names(w).filter((name) => name.includes('sms'))).toEqual([])
    await b.send(list, 2)
    expect((await (await rawClient(w)).driver.stats(targetOf('news.g-mail'))).ready).toBe(2)
  }
})

test('group.remove: of an open topic, after its consumers are closed; then it is not known any more', async () => {
  const w = world([])
  const news = topic('news', { schema: type<number>() })
  const mail = group(news, 'mail')
  const b = await w.broker({ definitions: [mail] })
  const consumer = b.consumer(mail)
  expect(await refusalOf(b.remove(mail))).toMatchObject({
    code: 'MQ_CONFIG',
    message: expect.stringContaining('close its consumers first') as string,
  })
  await finish(w.clock, consumer.close())
  await b.remove(mail)
  expect(names(w)).toEqual([])
  expect(() => b.consumer(mail)).toThrow(/is not one of this broker's definitions/)
  b.native.cut()
  await w.clock.advance('5s')
  expect(names(w)).toEqual([])
  await b.declare(mail)
  await b.send(news, 1)
  expect((await b.stats(mail)).ready).toBe(1)
})

test('group.remove: a listed group, a queue and a topic are refused', async () => {
  const w = world([orders, placed])
  const b = await w.broker()
  const remove = (given: unknown): Promise<MqError> => refusalOf(b.remove(given as typeof audit))
  expect((await remove(audit)).message).toContain('the topic "placed" lists "audit" here')
  for (const wrong of [orders, placed, undefined, 'audit', {}])
    expect(await remove(wrong)).toMatchObject({
      code: 'MQ_CONFIG',
      message: expect.stringContaining('broker.remove takes the definition of a group') as string,
    })
  expect(names(w)).toContain('placed.g-audit')
})
