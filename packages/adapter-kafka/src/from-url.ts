import { MqError } from '@anymq/core/driver'
import { kafka, type KafkaAdapter } from './kafka.ts'

/**
 * `kafka://host:port,host:port`: the brokers to ask first. An IPv4 address or a name; the port is 9092 where none is given.
 *
 * @throws MQ_CONFIG for parameters, of which there are none, and for an address without a host
 */
export function fromUrl(url: URL): KafkaAdapter {
  const parameter = [...url.searchParams.keys()][0]
  if (parameter !== undefined)
    throw new MqError('MQ_CONFIG', `kafka: the parameter "${parameter}" is unknown; there are none`)
  // A URL with several ports has no host for Node: the list is between `//` and the next `/`.
  const list = /^[^/]*\/\/([^/]*)/.exec(url.href)?.[1] ?? ''
  return kafka({ brokers: list.split(',').map((broker) => (broker.includes(':') ? broker : `${broker}:9092`)) })
}
