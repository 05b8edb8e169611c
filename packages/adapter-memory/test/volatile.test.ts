import { queue, silentLogger, type } from '@anymq/core'
import { expect, test } from 'vitest'
import { world } from './world.ts'

const jobs = queue('jobs', { schema: type<number>() })

test('send.confirmed: memory is volatile and says so once per server, at info, whoever connects', async () => {
  const said: unknown[] = []
  const logger = { ...silentLogger, info: (fields: object, text: string) => void said.push([fields, text]) }
  const line = [{ adapter: 'memory' }, 'the in-memory broker is volatile: what it holds ends with this process']
  const { broker, clock } = world([jobs])
  const first = await broker({ logger })
  expect(first.capabilities.durability).toBe('volatile')
  await broker({ logger })
  first.native.cut()
  await clock.advance('5s')
  expect(said).toEqual([line])
  await world([jobs]).broker({ logger })
  expect(said).toEqual([line, line])
})
