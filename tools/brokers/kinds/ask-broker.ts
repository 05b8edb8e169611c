import type { Address } from '../broker/address.ts'
import type { BrokerName } from '../broker/test-broker.ts'
import { askSqs } from './ask-sqs.ts'
import { askKafka } from './kafka/ask-kafka.ts'
import { askRabbitMq } from './rabbitmq/ask-rabbitmq.ts'

/** Rejects while a broker does not serve; resolves with its version if it tells. */
export function askBroker(name: BrokerName, { url, host, port }: Address): Promise<string | undefined> {
  switch (name) {
    case 'rabbitmq':
      return askRabbitMq(url)
    case 'kafka':
      return askKafka(host, port)
    case 'sqs':
      return askSqs(host, port)
  }
}
