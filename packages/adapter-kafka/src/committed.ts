import type { Clock } from '@anymq/core/driver'
import type { Admin } from 'kafkajs'
import { typeOf } from './failure.ts'

const TRIES = 60
const PAUSE = 50
/** A coordinator that has just started reads its groups first; kafkajs' admin gives up at once. */
const NOT_YET = new Set(['GROUP_LOAD_IN_PROGRESS', 'NOT_COORDINATOR_FOR_GROUP', 'GROUP_COORDINATOR_NOT_AVAILABLE'])

/** What a group has committed, with the metadata. Waits up to 3 s for a coordinator that is not ready yet. */
export async function committed(
  { admin, clock }: { readonly admin: Admin; readonly clock: Clock },
  groupId: string,
  topics: string[],
): ReturnType<Admin['fetchOffsets']> {
  for (let tries = 1; ; tries++) {
    try {
      return await admin.fetchOffsets({ groupId, topics })
    } catch (error) {
      if (tries === TRIES || !NOT_YET.has(typeOf(error))) throw error
      await new Promise<void>((resolve) => clock.setTimer(resolve, PAUSE))
    }
  }
}
