import { randomUUID } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import type { Incoming, Outgoing, Sink, Target } from '@anymq/core/driver'
import type { ChannelModel } from 'amqplib'
import { rabbitmq, type RabbitmqOptions } from '@anymq/adapter-rabbitmq'
import { fakeContext, fakeOutgoing } from '@anymq/core/testing'

type RabbitmqDriver = Awaited<ReturnType<ReturnType<typeof rabbitmq>['connect']>>
export type Feed = Awaited<ReturnType<RabbitmqDriver['open']>>
export type Receipt = Parameters<RabbitmqDriver['open']>[2] extends Sink<infer R> ? R : never

/** A connection without core. */
export function connectTo(options: RabbitmqOptions, lines: string[] = []): Promise<RabbitmqDriver> {
  return rabbitmq(options).connect(fakeContext(lines), AbortSignal.timeout(10_000))
}

/** A name that no other test uses. */
export function freshName(): string {
  return `t-${randomUUID().slice(0, 8)}`
}

/** `1` to `count`. */
export function numbered(count: number): Outgoing[] {
  return Array.from({ length: count }, (_, n) => fakeOutgoing(String(n + 1)))
}

/** Keeps what comes. */
export class Collector implements Sink<Receipt> {
  readonly got: Incoming<Receipt>[] = []
  readonly failures: unknown[] = []

  get ids(): string[] {
    return this.got.map(({ id }) => id)
  }

  deliver(batch: readonly Incoming<Receipt>[]): void {
    this.got.push(...batch)
  }

  demand(): number {
    return Infinity
  }

  revoke(): void {
    throw new Error('RabbitMQ takes nothing away but with its channel')
  }

  fail(error: unknown): void {
    this.failures.push(error)
  }

  /** Wait for so many; throws after 10 s with what is there. */
  async until(count: number): Promise<Incoming<Receipt>[]> {
    await until(
      () => this.got.length >= count,
      () => `${this.got.length} of ${count} came`,
    )
    return this.got
  }
}

/** Open a feed into a collector. */
export async function collect(
  driver: RabbitmqDriver,
  target: Target,
  window: number,
): Promise<{ readonly feed: Feed; readonly collector: Collector }> {
  const collector = new Collector()
  const options = { window, span: 65_535, lease: 30_000, preference: 1, browse: false }
  return { feed: await driver.open(target, options, collector), collector }
}

/** End a connection as a dead process does: no word, and nothing more is read. */
export function cut(model: ChannelModel): void {
  const { stream } = model.connection as unknown as { readonly stream: { destroy(): void } }
  stream.destroy()
}

/** Wait until something holds; throws after 10 s. */
export async function until(condition: () => boolean | Promise<boolean>, what: () => string): Promise<void> {
  const end = performance.now() + 10_000
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`${what()} in 10 s`)
    await wait(5)
  }
}
