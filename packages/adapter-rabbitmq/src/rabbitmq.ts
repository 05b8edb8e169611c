import { MqError, type Adapter } from '@anymq/core/driver'
import { Connection, type RabbitmqNative } from './connection.ts'
import { failureOf } from './failure.ts'
import { manifestFor, type RabbitmqManifest } from './manifest.ts'
import type { Receipt } from './feed.ts'

/** How to reach the broker. */
export interface RabbitmqOptions {
  /** `amqp://user:pass@host:5672/vhost`. */
  readonly url: string
  /** Seconds after which a silent connection is given up, two or three times over. Default 10. */
  readonly heartbeat?: number
}

/**
 * The RabbitMQ adapter: experimental, without ordering, priority and delay. Does no I/O.
 *
 * @throws MQ_CONFIG for a url that is none
 */
export function rabbitmq(options: RabbitmqOptions): Adapter<RabbitmqManifest, Receipt, RabbitmqNative> {
  // Node's own error would quote the URL, password and all, at every attempt to connect.
  if (!URL.canParse(options.url))
    throw new MqError(
      'MQ_CONFIG',
      'rabbitmq: the url cannot be read (its text is not shown, for it may hold a password)',
      {
        adapter: 'rabbitmq',
      },
    )
  return {
    spi: 1,
    offers: manifestFor(''),
    connect: (context, signal) => Connection.open(options, context, signal),
    classify: failureOf,
  }
}
