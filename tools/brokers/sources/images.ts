import type { Release, ReleaseId } from '../broker/release.ts'
import { elasticMqSettings } from '../kinds/elasticmq/settings.ts'
import { kafkaSettingsOf } from '../kinds/kafka/settings.ts'
import type { Ports } from '../kinds/recipe.ts'

/** A container that serves a release on the ports of a run. */
export interface Image {
  readonly name: string
  /** Ports of the container, by the port of this machine that leads to them. */
  readonly ports: Readonly<Record<number, number>>
  readonly env: Readonly<Record<string, string>>
  /** Files to put into it, by path. */
  readonly files: Readonly<Record<string, string>>
}

/** fauxqs has no need of a container. */
export function isInContainers(id: ReleaseId): boolean {
  return id !== 'sqs@fauxqs'
}

export function imageOf({ name, version }: Release, ports: Ports): Image {
  switch (name) {
    case 'rabbitmq':
      return { name: `rabbitmq:${version}`, ports: { [ports.client]: 5672 }, env: {}, files: {} }
    case 'kafka':
      return kafkaImage(version, ports)
    case 'sqs': {
      const settings = elasticMqSettings('/opt/messages', ports.client, '0.0.0.0')
      const files = { '/opt/elasticmq.conf': settings }
      return { name: `softwaremill/elasticmq:${version}`, ports: same(ports.client), env: {}, files }
    }
  }
}

/** Kafka tells its clients where to connect, so its ports are the same inside and outside. */
function kafkaImage(version: string, ports: Ports): Image {
  const { listeners, ...settings } = kafkaSettingsOf('/var/lib/kafka/data', ports, Number.parseInt(version, 10))
  const everywhere = { ...settings, listeners: String(listeners).replaceAll('127.0.0.1', '0.0.0.0') }
  const variable = (key: string) => `KAFKA_${key.toUpperCase().replaceAll('.', '_')}`
  return {
    name: `apache/kafka:${version}`,
    ports: { ...same(ports.client), ...(ports.proxy === undefined ? {} : same(ports.behindProxy)) },
    env: Object.fromEntries(Object.entries(everywhere).map(([key, value]) => [variable(key), String(value)])),
    files: {},
  }
}

function same(port: number): Record<number, number> {
  return { [port]: port }
}
