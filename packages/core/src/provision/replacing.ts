import { MqError } from '../errors.ts'
import { guardedCall } from '../mechanism/guarded-call.ts'
import type { Driver } from '../spi/driver.ts'
import { isSameShape, traitsIn } from '../spi/fingerprint.ts'
import type { Target } from '../spi/target.ts'
import type { Within } from './inventory.ts'

/**
 * Before anything is replaced: what changes its shape must be empty, wherever it was spread over, so that nothing is replaced by half
 * and nothing is left behind.
 *
 * @throws MQ_MISMATCH for what still holds messages
 */
export async function refuseReplacing(driver: Driver, targets: readonly Target[], within: Within): Promise<void> {
  for (const target of targets) {
    // Dead letters keep: their queue has no shape of its own. A topic holds nothing.
    if (target.role === 'dead' || target.kind === 'topic') continue
    const keeper = targets.find(({ role, address }) => role === 'dead' && address === target.dead) ?? target
    const stored = await storedWith(driver, keeper, within)
    if (stored !== '' && isSameShape(stored, keeper.fingerprint)) continue
    if (await holdsMessages(driver, { ...target, ...traitsIn(stored) }, within))
      throw new MqError(
        'MQ_MISMATCH',
        `"${target.address}" still holds messages; drain it before its definition is replaced`,
        { destination: target.name },
      )
  }
}

/** What asks for nothing gets what is there. */
async function storedWith(driver: Driver, keeper: Target, within: Within): Promise<string> {
  try {
    const { fingerprint = '' } = await within(
      guardedCall(() => driver.ensure({ ...keeper, fingerprint: '' }, 'verify')),
    )
    return fingerprint
  } catch (error) {
    if (codeOf(driver, error) === 'MQ_NOT_FOUND') return ''
    throw error
  }
}

async function holdsMessages(driver: Driver, target: Target, within: Within): Promise<boolean> {
  try {
    const { ready, leased, delayed } = await within(guardedCall(() => driver.stats(target)))
    return [ready, leased, delayed].some((count) => (count ?? 0) > 0)
  } catch (error) {
    if (codeOf(driver, error) === 'MQ_NOT_FOUND') return false
    throw error
  }
}

function codeOf(driver: Driver, error: unknown): string {
  return MqError.is(error) ? error.code : driver.classify(error).code
}
