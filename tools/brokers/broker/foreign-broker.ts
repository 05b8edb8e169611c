import type { NamedBroker } from '../sources/environment.ts'
import type { ProxyRoute } from '../proxy/messages.ts'
import { proxiesFor } from '../proxy/open-proxy.ts'
import type { Address } from './address.ts'
import type { BrokerName, TestBroker } from './test-broker.ts'

const products: Readonly<Record<BrokerName, string>> = { rabbitmq: 'RabbitMQ', kafka: 'Apache Kafka', sqs: 'SQS' }

/** A broker that somebody else runs: it is used, and never stopped. */
export function foreignBroker(name: BrokerName, { version = 'unknown', ...address }: NamedBroker): TestBroker {
  const proxies = proxiesFor(address, () => proxyRoute(name, address))
  return {
    name,
    product: products[name],
    version,
    source: 'environment',
    ...address,
    controls: undefined,
    proxy: proxies.open,
    logs: () => Promise.resolve(`The log of ${address.host}:${address.port} is where that broker was started.`),
    stop: proxies.closeAll,
    [Symbol.asyncDispose]: proxies.closeAll,
  }
}

function proxyRoute(name: BrokerName, { host, port }: Address): ProxyRoute {
  if (name !== 'kafka') return { listen: 0, host, port }
  throw new Error('This Kafka tells its clients its own address, past any proxy: use { own: true, proxy: true }.')
}
