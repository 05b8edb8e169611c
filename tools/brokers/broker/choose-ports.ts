import type { Ports } from '../kinds/recipe.ts'
import { freePort } from '../process/free-port.ts'
import type { ProxyRoute } from '../proxy/messages.ts'
import type { Release } from './release.ts'
import type { BrokerName, StartOptions } from './test-broker.ts'

/** Ports of a run that nobody else listens on. */
export async function choosePorts({ name }: Release, { proxy = false }: StartOptions): Promise<Ports> {
  const ports = {
    client: await freePort(),
    behindProxy: await freePort(),
    inner: [await freePort(), await freePort()] as const,
  }
  return name === 'kafka' && proxy ? { ...ports, proxy: await freePort() } : ports
}

/** Where a proxy before a broker on these ports listens and connects to. Throws when the broker was not told of one. */
export function proxyRoute(name: BrokerName, { client, proxy, behindProxy }: Ports): ProxyRoute {
  const host = '127.0.0.1'
  if (name !== 'kafka') return { listen: 0, host, port: client }
  if (proxy !== undefined) return { listen: proxy, host, port: behindProxy }
  throw new Error('Kafka tells its clients where to connect: start it with { proxy: true } to put a proxy before it.')
}
