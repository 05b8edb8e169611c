import type { ResolvedPolicy } from '../definition/definition.ts'
import type { Randomness } from '../mechanism/random.ts'
import { backoffMs } from './backoff.ts'
import type { DeadReason } from './dead-reason.ts'
import { isSteering } from './steering.ts'

/** What becomes of a message whose handler failed. `delay` in milliseconds. */
export type Verdict =
  | { readonly verdict: 'retry'; readonly delay: number }
  | { readonly verdict: 'defer'; readonly delay: number }
  | { readonly verdict: 'dead'; readonly reason: DeadReason }

/** When even the policy's own functions fail, the message still waits a while. */
const FALLBACK_DELAY = 60_000

/**
 * The one place where a failure is judged.
 *
 * @param attempt the attempt that failed, from 1
 */
export function decide(attempt: number, error: unknown, policy: ResolvedPolicy, random: Randomness): Verdict {
  const steering = isSteering(error) ? error : undefined
  if (steering?.steering === 'dead-letter') return { verdict: 'dead', reason: 'rejected' }
  if (steering?.steering === 'defer') return { verdict: 'defer', delay: steering.after }
  if (attempt >= policy.attempts) return { verdict: 'dead', reason: 'attempts' }
  if (steering?.steering === 'retry-after') return { verdict: 'retry', delay: steering.after }
  try {
    const isFinal = steering === undefined && policy.when !== undefined && !policy.when(error, attempt)
    if (isFinal) return { verdict: 'dead', reason: 'rejected' }
    return { verdict: 'retry', delay: backoffMs(policy.backoff, error, attempt, random) }
  } catch {
    // A broken classification hook must lose nothing and must not spin.
    return { verdict: 'retry', delay: FALLBACK_DELAY }
  }
}

/** True when the broker delivered a message more often than handlers can explain: it kills its process. */
export function isCrashLoop(deliveries: number, failures: number, policy: ResolvedPolicy): boolean {
  return deliveries - 1 - failures >= policy.crashes
}
