import type { Codec } from '@anymq/core'
import { bytes, json } from '@anymq/core'

/** What every contender does: this many messages of 256 B, in waves of `backlog`, sent `batch` at a time. */
export interface Work {
  readonly codec: 'bytes' | 'json'
  readonly batch: number
  readonly concurrency: number
  readonly backlog: number
  readonly messages: number
}

export const CODECS: Readonly<Record<Work['codec'], Codec>> = { bytes, json }

const BODY_BYTES = 256

/** A body that encodes to 256 bytes. */
export function bodyOf(codec: Work['codec']): unknown {
  if (codec === 'bytes') return new Uint8Array(BODY_BYTES).fill(7)
  const order = { id: 'o-123456', customer: 'c-77', total: 1234, note: '' }
  return { ...order, note: 'x'.repeat(BODY_BYTES - JSON.stringify(order).length) }
}

/** What a handler does: look at the body, so that nothing can be left out. */
export function weigh(body: unknown): number {
  return body instanceof Uint8Array ? body[0]! : (body as { total: number }).total
}

export function label({ codec, batch, concurrency, backlog }: Work): string {
  return `${codec}, batch ${batch}, concurrency ${concurrency}, backlog ${backlog.toLocaleString('en-US')}`
}
