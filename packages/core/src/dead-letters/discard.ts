import type { BodyReader } from '../consume/body-reader.ts'
import { problemsError, textOf, type Problem } from '../errors.ts'
import type { Incoming } from '../spi/messages.ts'
import { chooser, type Choice } from './choice.ts'
import { deadMessageOf } from './dead-message.ts'
import type { Look } from './look.ts'

/**
 * Delete what is chosen. Returns how many went.
 *
 * @throws MQ_INVALID at the end, naming each message for which `where` threw or that the broker did not delete
 */
export async function discard(look: Look, choice: Choice, reader: BodyReader, name: string): Promise<number> {
  const isChosen = chooser(choice)
  const problems: Problem[] = []
  const isMeant = (incoming: Incoming<unknown>): boolean => {
    try {
      return !look.isNewer(incoming) && isChosen(incoming, () => deadMessageOf(incoming, reader))
    } catch (error) {
      problems.push({ path: incoming.id, message: textOf(error) })
      return false
    }
  }
  let count = 0
  for (let slice = await look.next(); slice.length > 0; slice = await look.next()) {
    const meant = slice.filter(isMeant)
    if (meant.length === 0) continue
    const refused = await look.settle(meant.map(({ receipt }) => ({ receipt, action: 'ack' })))
    count += meant.length - refused.size
    for (const [index, { message }] of refused) problems.push({ path: meant[index]!.id, message })
  }
  if (problems.length === 0) return count
  throw problemsError('MQ_INVALID', `${count} dead letters of "${name}" were deleted, these were not:`, problems)
}
