import { MqError } from '../errors.ts'
import { guardedCall } from '../mechanism/guarded-call.ts'
import type { Driver } from '../spi/driver.ts'
import { isSameShape } from '../spi/fingerprint.ts'
import type { Target } from '../spi/target.ts'
import type { Within } from './inventory.ts'

/**
 * Before anything is replaced: what changes its shape must be empty, so that nothing is replaced by half.
 *
 * @throws MQ_MISMATCH for what still holds messages
 */
export async function refuseReplacing(driver: Driver, targets: readonly Target[], within: Within): Promise<void> {
  for (const target of targets) {
    // Dead letters keep: their queue has no shape of its own. A topic holds nothing.
    if (target.role === 'dead' || target.kind === 'topic') continue
    if ((await changes(driver, target, within)) && (await holdsMessages(driver, target, within)))
      throw new MqError(
        'MQ_MISMATCH',
        `"${target.address}" still holds messages; drain it before its definition is replaced`,
        { destination: target.name },
      )
  }
}

async function changes(driver: Driver, target: Target, within: Within): Promise<boolean> {
  try {
    const { fingerprint = '' } = await within(guardedCall(() => driver.ensure(target, 'verify')))
    return !isSameShape(fingerprint, target.fingerprint)
  } catch (error) {
    const code = codeOf(driver, error)
    if (code === 'MQ_NOT_FOUND') return false
    if (code === 'MQ_MISMATCH') return true
    throw error
  }
}

async function holdsMessages(driver: Driver, target: Target, within: Within): Promise<boolean> {
  try {
    const { ready, leased, delayed } = await within(guardedCall(() => driver.stats(target)))
    return [ready, leased, delayed].some((count) => (count ?? 0) > 0)
  } catch (error) {
    // Of several places some are new.
    if (codeOf(driver, error) === 'MQ_NOT_FOUND') return false
    throw error
  }
}

function codeOf(driver: Driver, error: unknown): string {
  return MqError.is(error) ? error.code : driver.classify(error).code
}
