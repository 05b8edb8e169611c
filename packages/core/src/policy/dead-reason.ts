/**
 * Why a message was dead-lettered. `attempts`: used up. `rejected`: the handler or `retry.when` said so. `invalid`: the schema
 * refused it. `undecodable`: the codec did. `expired`: too old. `crashed`: it killed its process again and again.
 * `unknown`: put there by the broker or a stranger.
 */
export type DeadReason = 'attempts' | 'rejected' | 'invalid' | 'undecodable' | 'expired' | 'crashed' | 'unknown'

const REASONS: ReadonlySet<string> = new Set<DeadReason>([
  'attempts',
  'rejected',
  'invalid',
  'undecodable',
  'expired',
  'crashed',
])

/** Read a reason off the wire. */
export function deadReason(value: string | undefined): DeadReason {
  return value !== undefined && REASONS.has(value) ? (value as DeadReason) : 'unknown'
}
