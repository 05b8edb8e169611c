import { fixed, group, MqError, queue, topic, type } from '@anymq/core'
import type { Adapter, Driver, Ensured, EnsureMode, Target } from '@anymq/core/driver'
import { memory, type MemoryConnection, type MemoryManifest, type MemoryServer } from '../src/index.ts'
import type { World } from './world.ts'

export const orders = queue('orders', { schema: type<{ id: string }>(), retry: { attempts: 2, backoff: fixed('1s') } })
export const placed = topic('placed', { schema: type<number>(), groups: ['payment', 'audit'] })
export const payment = group(placed, 'payment')
export const audit = group(placed, 'audit')
/** Masks of a broker without topics. */
export const groupsAreQueues = ['groups'] as const

/** The error of what must be refused. */
export async function refusalOf(promise: Promise<unknown>): Promise<MqError> {
  const error: unknown = await promise.then(
    () => 'it was not refused',
    (cause: unknown) => cause,
  )
  if (!MqError.is(error)) throw error
  return error
}

/** The in-memory adapter, seen: what is asked of `ensure`, and what it answers on top. */
export function watched(
  server: MemoryServer,
  asked: string[],
  answer: (target: Target, mode: EnsureMode) => Ensured = () => ({}),
) {
  const good = memory({ server })
  const adapter: Adapter<MemoryManifest, unknown, MemoryConnection> = {
    ...good,
    connect: async (context, signal) => {
      const driver: Driver<MemoryManifest, unknown, MemoryConnection> = await good.connect(context, signal)
      const { manifest, native } = driver
      return {
        manifest,
        native,
        ensure: async (target, mode) => {
          asked.push(`${mode} ${target.address}`)
          const found = await driver.ensure(target, mode)
          return { ...found, ...(answer(target, mode) as Ensured<MemoryManifest>) }
        },
        send: (target, batch) => driver.send(target, batch),
        open: (target, options, sink) => driver.open(target, options, sink),
        stats: (target) => driver.stats(target),
        purge: (target) => driver.purge(target),
        remove: (target) => driver.remove(target),
        classify: (error) => driver.classify(error),
        close: () => driver.close(),
      }
    },
  }
  return adapter
}

/** What was logged with these words. */
export const linesOf = ({ lines }: World, text: string): World['lines'] =>
  lines.filter((line) => line.text.includes(text))

/** The physical queues that there are. */
export const names = ({ server }: World): string[] => [...server.queues].toSorted()
