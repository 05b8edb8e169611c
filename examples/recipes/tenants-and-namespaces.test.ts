import { randomUUID } from 'node:crypto'
import { testBroker } from '@anymq/adapter-memory/testing'
import { handle, silentLogger } from '@anymq/core'
import { expect, onTestFinished, test } from 'vitest'
import { exports, open } from './tenants-and-namespaces.ts'

test('a tenant with much to do has one export at a time, and the others do not wait for it', async () => {
  const done: string[] = []
  const running = new Set<string>()
  let overlaps = 0
  await using t = await testBroker({
    handlers: [
      handle(exports, async ({ body }) => {
        if (running.has(body.tenant)) overlaps++
        running.add(body.tenant)
        await new Promise<void>((resolve) => t.clock.setTimer(resolve, 60_000))
        running.delete(body.tenant)
        done.push(body.tenant)
      }),
    ],
  })
  const large = Array.from({ length: 50 }, (_, n) => ({ body: { tenant: 'large', id: `l-${n}` } }))
  await t.broker.producer(exports).sendBatch([...large, { body: { tenant: 'small', id: 's-1' } }])
  await t.advance('61s')
  expect(done.toSorted()).toEqual(['large', 'small'])
  await t.advance('5m')
  expect([done.length, overlaps]).toEqual([7, 0])
})

test('a tenant that fails holds up itself alone', async () => {
  const done: string[] = []
  await using t = await testBroker({
    handlers: [
      handle(exports, ({ body }) => {
        if (body.id === 'bad') throw new Error('no such account')
        done.push(body.id)
      }),
    ],
  })
  for (const [tenant, id] of [
    ['a', 'bad'],
    ['a', 'a-2'],
    ['b', 'b-1'],
  ] as const)
    await t.broker.send(exports, { tenant, id })
  await t.advance('100ms')
  expect(done).toEqual(['b-1'])
})

test('environments on one broker see nothing of each other', async () => {
  const url = `memory:${randomUUID()}`
  const [prod, staging] = await Promise.all(
    ['prod', 'staging'].map((name) => open(url, name, { logger: silentLogger })),
  )
  onTestFinished(async () => {
    await Promise.all([prod!.close(), staging!.close()])
  })
  await prod!.send(exports, { tenant: 'a', id: '1' })
  expect([(await prod!.stats(exports)).ready, (await staging!.stats(exports)).ready]).toEqual([1, 0])
})
