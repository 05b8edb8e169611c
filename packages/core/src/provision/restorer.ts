import { MqError, textOf } from '../errors.ts'
import type { Restore, Runtime } from '../runtime.ts'
import type { Target } from '../spi/target.ts'
import type { Supervisor } from '../supervisor.ts'
import type { Catalogue } from './catalogue.ts'
import { destinationName } from './names.ts'

/** Declares again what has vanished. Several who miss parts of one destination at once wait for one answer. */
export function restorer(runtime: Runtime, catalogue: Catalogue, supervisor: Supervisor): Restore {
  const running = new Map<string, Promise<boolean>>()
  const attempt = async (place: Target): Promise<boolean> => {
    try {
      await supervisor.call((driver, within) => catalogue.restore(driver, place, within))
      return true
    } catch (error) {
      if (MqError.is(error) && error.retryable) return true
      if (!MqError.is(error, 'MQ_CLOSED'))
        runtime.log.error(
          { destination: place.name, error: textOf(error) },
          'what has vanished from the broker could not be declared again',
        )
      return false
    }
  }
  return (place) => {
    if (!catalogue.mayRestore(place)) return false
    const name = destinationName(place.name)
    const known = running.get(name)
    if (known !== undefined) return known
    const answer = attempt(place).finally(() => running.delete(name))
    running.set(name, answer)
    return answer
  }
}
