import { dockerAnswers } from '../sources/docker-engine.ts'
import { fromEnvironment } from '../sources/environment.ts'
import { isInContainers } from '../sources/images.ts'
import { foreignBroker } from './foreign-broker.ts'
import { startLocal } from './local-broker.ts'
import { obtain } from './obtain.ts'
import { isAnyVersion, releasesFor, type Wanted } from './release.ts'
import type { StartOptions, TestBroker } from './test-broker.ts'

/**
 * Start a real broker, or connect to the one that the environment names.
 *
 * A name without a version takes an address in the environment, else the newest version that can be had. A version is
 * always started, never looked for in the environment. Rejects with BrokerUnavailable when this machine cannot have
 * it, and with an error that ends with its log when it does not start.
 */
export async function startBroker(wanted: Wanted, options: StartOptions = {}): Promise<TestBroker> {
  const choices = releasesFor(wanted)
  if (isAnyVersion(wanted) && !options.own) {
    const named = await fromEnvironment(wanted)
    if (named) return foreignBroker(wanted, named)
  }
  const [best] = choices
  if (isInContainers(best.id) && (await dockerAnswers())) {
    const { startInContainer } = await import('../sources/docker.ts')
    return startInContainer(best, options)
  }
  const { release, recipe, found } = await obtain(wanted, choices, options)
  return startLocal(release, recipe, found, options)
}
