import type { BrokerName } from './test-broker.ts'

/** One program in one version that this package can start. */
export interface Release {
  /** As it is asked for: `kafka@4.4`. */
  readonly id: ReleaseId
  readonly name: BrokerName
  readonly product: string
  /** The exact version that is installed; for RabbitMQ the line, as its distribution moves on. */
  readonly version: string
}

export type ReleaseId = 'rabbitmq@4.3' | 'rabbitmq@3.10' | 'kafka@4.4' | 'kafka@3.9' | 'sqs@elasticmq' | 'sqs@fauxqs'

export type Wanted = BrokerName | ReleaseId

/** The first of each name is the one that is taken when no version is asked for. */
export const releases: readonly Release[] = [
  { id: 'rabbitmq@4.3', name: 'rabbitmq', product: 'RabbitMQ', version: '4.3' },
  { id: 'rabbitmq@3.10', name: 'rabbitmq', product: 'RabbitMQ', version: '3.10' },
  { id: 'kafka@4.4', name: 'kafka', product: 'Apache Kafka', version: '4.4.0' },
  { id: 'kafka@3.9', name: 'kafka', product: 'Apache Kafka', version: '3.9.2' },
  { id: 'sqs@elasticmq', name: 'sqs', product: 'ElasticMQ', version: '1.7.1' },
  { id: 'sqs@fauxqs', name: 'sqs', product: 'fauxqs', version: '2.4.1' },
]

/** Everything that may be asked for. */
export const allowed: readonly string[] = [
  ...new Set(releases.map(({ name }) => name)),
  ...releases.map(({ id }) => id),
]

/** The releases that satisfy what was asked for, best first. Throws a RangeError for an unknown word. */
export function releasesFor(wanted: string): readonly [Release, ...Release[]] {
  const [first, ...others] = releases.filter(({ id, name }) => wanted === id || wanted === name)
  if (!first) throw new RangeError(`There is no broker '${wanted}'. Allowed: ${allowed.join(', ')}.`)
  return [first, ...others]
}

/** A name without a version leaves the choice to the machine, or to an address in the environment. */
export function isAnyVersion(wanted: string): wanted is BrokerName {
  return releases.some(({ name }) => name === wanted)
}
