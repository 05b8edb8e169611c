import type { Clock } from '@anymq/core/driver'
import { typeOf } from './failure.ts'

const TRIES = 60
const PAUSE = 50
/** What a coordinator or leader says that has just been chosen; kafkajs' admin gives up at once. */
const NOT_YET = new Set([
  'GROUP_LOAD_IN_PROGRESS',
  'NOT_COORDINATOR_FOR_GROUP',
  'GROUP_COORDINATOR_NOT_AVAILABLE',
  'NOT_LEADER_FOR_PARTITION',
  'LEADER_NOT_AVAILABLE',
  'UNKNOWN_TOPIC_OR_PARTITION',
])

/** Ask the admin client. Waits up to 3 s for a broker that is not ready for its part yet, or has not heard of a new topic. */
export async function patiently<T>(clock: Clock, ask: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await ask()
    } catch (error) {
      // With a topic that is so new that it has no leader, kafkajs stumbles over its own empty list.
      const isNotYet = NOT_YET.has(typeOf(error)) || isTypeError(error)
      if (tries === TRIES || !isNotYet) throw error
      await new Promise<void>((resolve) => clock.setTimer(resolve, PAUSE))
    }
  }
}

/** kafkajs wraps what it does not try again. */
function isTypeError(error: unknown): boolean {
  return error instanceof TypeError || (error instanceof Error && error.cause instanceof TypeError)
}
