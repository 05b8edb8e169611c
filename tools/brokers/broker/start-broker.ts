import { dockerAnswers } from '../sources/docker-engine.ts'
import { fromEnvironment } from '../sources/environment.ts'
import { isInContainers } from '../sources/images.ts'
import { foreignBroker } from './foreign-broker.ts'
import { startLocal } from './local-broker.ts'
import { obtain } from './obtain.ts'
import { isAnyVersion, type Release, releasesFor, type Wanted } from './release.ts'
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
    const contained = await inContainer(best, options)
    if (contained) return contained
  }
  const { release, recipe, found } = await obtain(wanted, choices, options)
  return startLocal(release, recipe, found, options)
}

/** An engine that cannot get the image is like none. */
async function inContainer(release: Release, options: StartOptions): Promise<TestBroker | undefined> {
  const { startInContainer } = await import('../sources/docker.ts')
  try {
    return await startInContainer(release, options)
  } catch (error) {
    options.onProgress?.(`${release.id}: no container (${String(error)}), looking further`)
    return undefined
  }
}
