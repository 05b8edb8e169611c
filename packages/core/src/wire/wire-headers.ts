import type { Message } from '../message.ts'
import type { Headers } from '../spi/messages.ts'

/** Under this symbol a message keeps its wire headers: users see their own headers only, a follow-up message needs the trace. */
export const WIRE_HEADERS: unique symbol = Symbol.for('anymq.wire-headers') as never

const NONE: Headers = Object.freeze({})

/** All headers of a message as they came; none for a fake without any. */
export function wireHeadersOf(message: Message): Headers {
  return (message as Message & { readonly [WIRE_HEADERS]?: Headers })[WIRE_HEADERS] ?? NONE
}
