import type { Ports } from '../recipe.ts'

/** `server.properties` of a broker that is its own controller. */
export function kafkaSettings(dataFolder: string, ports: Ports, major: number): string {
  return Object.entries(kafkaSettingsOf(dataFolder, ports, major))
    .map(([key, value]) => `${key}=${value}\n`)
    .join('')
}

/** The same, one by one. */
export function kafkaSettingsOf(dataFolder: string, ports: Ports, major: number): KafkaSettings {
  return { ...common(dataFolder), ...listeners(ports), ...(major >= 4 ? shareGroups : {}) }
}

export type KafkaSettings = Readonly<Record<string, string | number | boolean>>

/** The proxy gets a listener of its own, so that clients behind it are told the proxy's address, and the others are not. */
function listeners({ client, proxy, behindProxy, inner: [controller] }: Ports): KafkaSettings {
  const own = `BROKER://127.0.0.1:${client}`
  const proxied = proxy === undefined ? '' : `,PROXIED://127.0.0.1:${behindProxy}`
  return {
    'controller.quorum.voters': `1@127.0.0.1:${controller}`,
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': 'BROKER',
    'listener.security.protocol.map': 'BROKER:PLAINTEXT,CONTROLLER:PLAINTEXT,PROXIED:PLAINTEXT',
    listeners: `${own},CONTROLLER://127.0.0.1:${controller}${proxied}`,
    'advertised.listeners': proxy === undefined ? own : `${own},PROXIED://127.0.0.1:${proxy}`,
  }
}

function common(dataFolder: string): KafkaSettings {
  return {
    'process.roles': 'broker,controller',
    'node.id': 1,
    'log.dirs': dataFolder,
    'num.network.threads': 2,
    'num.io.threads': 2,
    'auto.create.topics.enable': false,
    'offsets.topic.replication.factor': 1,
    'offsets.topic.num.partitions': 1,
    'transaction.state.log.replication.factor': 1,
    'transaction.state.log.min.isr': 1,
    'transaction.state.log.num.partitions': 1,
    'group.initial.rebalance.delay.ms': 0,
    'log.segment.bytes': 134_217_728,
    'log.cleaner.dedupe.buffer.size': 2_097_152,
    // Without these two a broker that was killed needs 12 s to come back instead of 3.
    'broker.session.timeout.ms': 1000,
    'broker.heartbeat.interval.ms': 200,
  }
}

const shareGroups = {
  'share.coordinator.state.topic.replication.factor': 1,
  'share.coordinator.state.topic.min.isr': 1,
}
