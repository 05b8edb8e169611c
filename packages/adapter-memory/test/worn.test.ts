import { queue, type } from '@anymq/core'
import type { Incoming } from '@anymq/core/driver'
import { expect, test } from 'vitest'
import { memory, type MemoryAdapter, type MemoryServer } from '../src/index.ts'
import { world } from './world.ts'

const jobs = queue('jobs', { schema: type<number>() })

/** Its count of deliveries moves with releases too, and of a message that was never copied it is at 451. */
function inflated(server: MemoryServer, copies: string[]): MemoryAdapter {
  const full = memory({ server, mask: ['deliveries'] })
  const manifest = { ...full.offers, deliveries: 'inflated' as const }
  return {
    ...full,
    offers: manifest,
    connect: async (context, signal) => {
      const driver = await full.connect(context, signal)
      const open: typeof driver.open = (target, options, sink) =>
        driver.open(target, options, {
          ...sink,
          deliver: (batch) => sink.deliver(batch.map((incoming) => worn(incoming, copies))),
        })
      return { ...driver, manifest, open }
    },
  }
}

function worn<R>(incoming: Incoming<R>, copies: string[]): Incoming<R> {
  const isCopy = incoming.headers['anymq-due-at'] !== undefined
  if (isCopy) copies.push(incoming.id)
  return { ...incoming, idSource: incoming.idSource, native: undefined, deliveries: isCopy ? 1 : 451 }
}

test('retry.crashes-inflated: released for the 451st time a message goes by copy: same id, nothing counted, at once', async () => {
  const w = world([jobs])
  const copies: string[] = []
  const b = await w.broker({}, inflated(w.server, copies))
  await b.send(jobs, 1, { id: 'j-1', headers: { shop: 'x' } })
  const [message] = await b.consumer(jobs).receive({ max: 1, wait: '1s' })
  expect([message!.id, copies]).toEqual(['j-1', []])
  await b.close({ timeout: '1s' })
  const next = await w.broker({}, inflated(w.server, copies))
  const seen: unknown[] = []
  next.consumer(jobs).subscribe((m) => void seen.push([m.id, m.attempt, m.headers, m.body]))
  await w.clock.advance('1s')
  expect(seen).toEqual([['j-1', 1, { shop: 'x' }, 1]])
  expect(copies).toEqual(['j-1'])
  expect(w.server.messages).toBe(0)
})
