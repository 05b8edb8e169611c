import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as wait } from 'node:timers/promises'
import { startBroker, type TestBroker } from '@anymq/test-brokers'
import type { Consumer } from 'kafkajs'

export { Collector, connectTo, messages } from '../../../packages/adapter-kafka/real/harness.ts'
export { wait }

export const OPEN = { window: 1000, span: 16_384, lease: 30_000, preference: 1, browse: false } as const

/** Run an experiment on a broker of its own, and leave nothing behind. `SPIKE_KAFKA=kafka@3.9` takes the older one. */
export async function lab(title: string, experiment: (broker: TestBroker) => Promise<void>): Promise<void> {
  const broker = await startBroker(process.env['SPIKE_KAFKA'] === 'kafka@3.9' ? 'kafka@3.9' : 'kafka', { own: true })
  console.log(`# ${title}\n${broker.product} ${broker.version}, Node ${process.version}, kafkajs 2.2.4`)
  try {
    await experiment(broker)
  } finally {
    await broker.stop()
  }
}

/** A child process that runs the same script with `role`; messages go both ways. */
export async function child(script: string, ...role: string[]): Promise<ChildProcess> {
  const { NODE_OPTIONS: _, ...env } = process.env
  const made = fork(script, role, { execArgv: ['--conditions=source', '--no-warnings'], env })
  await once(made, 'spawn')
  return made
}

/** The next message of a child. */
export async function said<T>(from: ChildProcess): Promise<T> {
  const [message] = (await once(from, 'message', { signal: AbortSignal.timeout(60_000) })) as [T]
  return message
}

/** kill -9, and wait until it is gone. */
export async function kill(victim: ChildProcess): Promise<void> {
  const gone = once(victim, 'exit')
  process.kill(victim.pid!, 'SIGKILL')
  await gone
}

/** Percentiles of milliseconds, as text. */
export function spread(times: readonly number[]): string {
  const sorted = [...times].sort((a, b) => a - b)
  const at = (share: number): string =>
    (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0).toFixed(1)
  return `p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, max ${at(1)} ms (n ${sorted.length})`
}

/** kafkajs' own consumer behind a feed: for its events. */
export function consumerOf(feed: unknown): Consumer {
  return (feed as { readonly consumer: Consumer }).consumer
}

/** A name that no earlier run used. */
export function fresh(name: string): string {
  return `${name}-${Date.now().toString(36)}-${Math.floor(Math.random() * 1e6)}`
}
