import { MqError } from '@anymq/core/driver'
import { kafka, type KafkaAdapter } from './kafka.ts'

/**
 * `kafka://host,host:port`: the brokers to ask first. A URL has one port, which is for all of them; default 9092.
 *
 * @throws MQ_CONFIG for credentials, a path or parameters: none is known in this version
 */
export function fromUrl(url: URL): KafkaAdapter {
  const parameter = [...url.searchParams.keys()][0]
  if (parameter !== undefined) throw refusal(`the parameter "${parameter}" is unknown; there are none`)
  if (url.username !== '' || url.password !== '') throw refusal('user and password are not built in this version')
  if (url.pathname !== '' && url.pathname !== '/') throw refusal('a path has no meaning; give kafka://host:port')
  return kafka({ brokers: url.hostname.split(',').map((host) => `${host}:${url.port || '9092'}`) })
}

function refusal(what: string): MqError {
  return new MqError('MQ_CONFIG', `kafka: ${what}`)
}
