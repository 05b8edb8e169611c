import { policyProblems } from '../capability/limits.ts'
import { unsupported } from '../capability/resolve.ts'
import { displayName, type Source } from '../definition/definition.ts'
import { resolvePolicy } from '../definition/resolve.ts'
import type { Manifest } from '../spi/manifest.ts'
import { consumerProblems, refuse } from './check-options.ts'
import type { ConsumerOptions } from './options.ts'
import type { ResolvedConsumer } from './resolved-consumer.ts'

/** The least that a net over an inflated count may be. */
const LOWEST_INFLATED_NET = 900

/**
 * The source's policy with a consumer's overrides.
 *
 * @throws MQ_CONFIG for bad options, MQ_UNSUPPORTED for what the broker does not allow
 */
export function resolveConsumer(source: Source, manifest: Manifest, given: ConsumerOptions): ResolvedConsumer {
  const name = displayName(source)
  refuse(`make a consumer of "${name}"`, consumerProblems(given))
  const policy = resolvePolicy(given, source.policy)
  const resolved: ResolvedConsumer = {
    ...policy,
    crashes: crashNet(policy.crashes, manifest),
    onInvalid: given.onInvalid ?? 'dead-letter',
  }
  const problems = policyProblems(manifest, resolved, `consumer of "${name}"`)
  if (problems.length > 0) throw unsupported(manifest, problems)
  return resolved
}

/** A count that moves with releases and lost connections too must not kill the innocent; without a count there is no net. */
function crashNet(crashes: number, { deliveries }: Manifest): number {
  if (deliveries === 'none') return Infinity
  return deliveries === 'inflated' ? Math.max(crashes, LOWEST_INFLATED_NET) : crashes
}
