import type { Outgoing, Settlement } from '../spi/messages.ts'
import type { Target } from '../spi/target.ts'
import type { Delivery } from './delivery.ts'
import type { ResolvedConsumer } from './resolved-consumer.ts'

export type Release = Extract<Settlement<unknown>, { action: 'release' }>

/** Where a message goes, and as what. */
export interface Move {
  readonly to: Target
  readonly message: Outgoing
}

/** What an engine consumes, and how. */
export interface EngineSource {
  readonly target: Target
  /** Milliseconds. */
  readonly lease: number
  /** While a message waits for its retry its key goes on without it. */
  readonly skips: boolean
}

/** Whose word it is what becomes of a delivery. */
export interface Judge {
  /** Before a handler sees it. A settlement: it cannot be handled. */
  open(delivery: Delivery, options: ResolvedConsumer): Settlement<unknown> | undefined
  /** A failure. */
  judge(delivery: Delivery, error: unknown): Settlement<unknown>
  /** The copy of itself that comes again later. */
  copy(delivery: Delivery, release: Release): Move
}

/** Done here, and sent there. */
export function moveOf(receipt: unknown, { to, message }: Move): Settlement<unknown> {
  return { receipt, action: 'move', to, message }
}
