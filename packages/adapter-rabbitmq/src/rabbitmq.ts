import type { Adapter } from '@anymq/core/driver'
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

/** The RabbitMQ adapter: experimental, without ordering, priority and delay. Does no I/O. */
export function rabbitmq(options: RabbitmqOptions): Adapter<RabbitmqManifest, Receipt, RabbitmqNative> {
  return {
    spi: 1,
    offers: manifestFor(''),
    connect: (context, signal) => Connection.open(options, context, signal),
    classify: failureOf,
  }
}
