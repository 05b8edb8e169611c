import type { Incoming, Outgoing, Sink } from '@anymq/core/driver'
import { kafka, type KafkaOptions } from '@anymq/adapter-kafka'
import { fakeContext, fakeOutgoing } from '@anymq/core/testing'

type KafkaDriver = Awaited<ReturnType<ReturnType<typeof kafka>['connect']>>
type Receipt = Parameters<KafkaDriver['open']>[2] extends Sink<infer R> ? R : never

/** A connection without core. What it says goes to `lines`. */
export async function connectTo(
  url: string,
  options: Partial<KafkaOptions> = {},
  lines: string[] = [],
): Promise<KafkaDriver> {
  const broker = new URL(url).host
  return kafka({ brokers: [broker], handover: 0, session: 6000, ...options }).connect(
    fakeContext(lines),
    new AbortController().signal,
  )
}

/** Messages whose bodies are their ids, `from` to `to` - 1. */
export function messages(from: number, to: number, key?: string): Outgoing[] {
  return Array.from({ length: to - from }, (_, n) => fakeOutgoing(String(from + n), { key }))
}

/** Takes what it wants and keeps it. */
export class Collector implements Sink<Receipt> {
  readonly got: Incoming<Receipt>[] = []
  readonly revoked: Incoming<Receipt>[] = []
  readonly failures: unknown[] = []
  /** Called for each batch, after it was kept. */
  onDeliver: (batch: readonly Incoming<Receipt>[]) => void = () => undefined
  #wanted: number
  #ask: { readonly promise: Promise<number>; resolve(demand: number): void } | null = null
  #waiting: (() => void)[] = []

  constructor(wanted: number) {
    this.#wanted = wanted
  }

  get ids(): string[] {
    return this.got.map(({ id }) => id)
  }

  deliver(batch: readonly Incoming<Receipt>[]): void {
    if (batch.length > this.#wanted) throw new Error(`${batch.length} delivered, ${this.#wanted} wanted`)
    this.#wanted -= batch.length
    this.got.push(...batch)
    this.onDeliver(batch)
    for (const resolve of this.#waiting.splice(0)) resolve()
  }

  demand(): number | Promise<number> {
    if (this.#wanted > 0) return this.#wanted
    this.#ask ??= Promise.withResolvers()
    return this.#ask.promise
  }

  want(more: number): void {
    this.#wanted += more
    this.#ask?.resolve(this.#wanted)
    this.#ask = null
  }

  revoke(lost: (receipt: Receipt) => boolean): void {
    for (const incoming of this.got) if (lost(incoming.receipt)) this.revoked.push(incoming)
  }

  fail(error: unknown): void {
    this.failures.push(error)
  }

  /** Wait until `count` have come; throws after `ms` with what is there. */
  async until(count: number, ms = 15_000): Promise<Incoming<Receipt>[]> {
    const timeout = Promise.withResolvers<never>()
    const timer = setTimeout(() => timeout.reject(new Error(`${this.got.length} of ${count} came in ${ms} ms`)), ms)
    try {
      while (this.got.length < count)
        await Promise.race([new Promise<void>((resolve) => this.#waiting.push(resolve)), timeout.promise])
      return this.got
    } finally {
      clearTimeout(timer)
    }
  }
}
