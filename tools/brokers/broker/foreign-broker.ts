import type { NamedBroker } from '../sources/environment.ts'
import { openProxy } from '../proxy/open-proxy.ts'
import type { BrokerName, TestBroker } from './test-broker.ts'

const products: Readonly<Record<BrokerName, string>> = { rabbitmq: 'RabbitMQ', kafka: 'Apache Kafka', sqs: 'SQS' }

/** A broker that somebody else runs: it is used, and never stopped. */
export function foreignBroker(name: BrokerName, { version = 'unknown', ...address }: NamedBroker): TestBroker {
  const proxies = openProxy(address, undefined)
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
