import { MqError, type Adapter, type DriverContext } from '@anymq/core/driver'
import kafkajs, { type Kafka, type LogEntry } from 'kafkajs'
import { KafkaDriver, type KafkaConnection } from './driver.ts'
import { failureOf } from './failure.ts'
import { MANIFEST, type KafkaManifest } from './manifest.ts'
import type { Receipt } from './partition.ts'

export interface KafkaOptions {
  /** Brokers to ask first, each as `host:port`. */
  readonly brokers: readonly string[]
  /** A process that is not heard of for so long loses its partitions. Milliseconds, 6,000 or more. Default 10,000. */
  readonly session?: number
  /** How long a partition that another process may have had rests before its first delivery. Milliseconds. Default 2,000. */
  readonly handover?: number
}

/** What `kafka()` returns: give it to `createBroker`. */
export type KafkaAdapter = Adapter<KafkaManifest, Receipt, KafkaConnection>

/** kafkajs tries to reach a broker again after 50 to 500 ms, so often. The first connection is core's to repeat. */
const AT_CONNECT = 2
const QUICK = { initialRetryTime: 50, maxRetryTime: 500 }

/**
 * Apache Kafka 3.9 or later, through kafkajs. Experimental.
 *
 * @throws MQ_CONFIG where no broker is named
 */
export function kafka({ brokers, session = 10_000, handover = 2000 }: KafkaOptions): KafkaAdapter {
  if (brokers.length === 0 || brokers.some((broker) => !/^[^\s:]+:\d+$/.test(broker)))
    throw new MqError('MQ_CONFIG', `kafka: brokers is [${brokers.join(', ')}]; name at least one as "host:port"`)
  return Object.freeze({
    spi: 1,
    offers: MANIFEST,
    connect: (context: DriverContext, signal: AbortSignal) =>
      connect(clients(brokers, context), signal, { context, session, handover }),
    classify: failureOf,
  })
}

async function connect(
  client: (retries: number) => Kafka,
  signal: AbortSignal,
  options: { readonly context: DriverContext; readonly session: number; readonly handover: number },
): Promise<KafkaDriver> {
  const admin = client(AT_CONNECT).admin()
  try {
    await admin.connect()
    const found = await admin.describeCluster()
    signal.throwIfAborted()
    return new KafkaDriver({ ...options, admin, client }, found.brokers.length)
  } catch (error) {
    void admin.disconnect().catch(() => undefined)
    throw error
  }
}

/** kafkajs keeps state by consumer group in each client: every consumer gets one of its own. */
function clients(brokers: readonly string[], { log }: DriverContext): (retries: number) => Kafka {
  const logCreator =
    () =>
    ({ log: { message, error } }: LogEntry): void =>
      log.debug({ adapter: 'kafka', error: typeof error === 'string' ? error : undefined }, message)
  return (retries) =>
    new kafkajs.Kafka({
      clientId: 'anymq',
      brokers: [...brokers],
      requestTimeout: 10_000,
      retry: { ...QUICK, retries },
      logLevel: kafkajs.logLevel.WARN,
      logCreator,
    })
}
