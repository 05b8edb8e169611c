import { MqError, type Adapter } from '@anymq/core/driver'
import type { RabbitmqNative } from './connection.ts'
import type { RabbitmqManifest } from './manifest.ts'
import { rabbitmq } from './rabbitmq.ts'

/**
 * `amqp://user:pass@host:5672/vhost` or `amqps://…`; `?heartbeat=10` in seconds.
 *
 * @throws MQ_CONFIG for a parameter that is unknown or out of range
 */
export function fromUrl(url: URL): Adapter<RabbitmqManifest, unknown, RabbitmqNative> {
  for (const name of url.searchParams.keys())
    if (name !== 'heartbeat') throw refused(`parameter "${name}" is unknown; there is: heartbeat (seconds)`)
  const heartbeat = url.searchParams.get('heartbeat') ?? '10'
  if (!/^\d{1,4}$/.test(heartbeat)) throw refused(`heartbeat is "${heartbeat}"; give whole seconds from 0 to 9999`)
  const bare = new URL(url)
  bare.search = ''
  return rabbitmq({ url: bare.href, heartbeat: Number(heartbeat) })
}

function refused(message: string): MqError {
  return new MqError('MQ_CONFIG', `rabbitmq: ${message}`, { adapter: 'rabbitmq' })
}
