import { SQSClient } from '@aws-sdk/client-sqs'
import type { Adapter } from '@anymq/core/driver'
import { failureOf } from './failure.ts'
import { MANIFEST, type SqsManifest } from './manifest.ts'
import type { Receipt } from './receipts.ts'
import { SqsDriver } from './sqs-driver.ts'

/** The longest that SQS lets a poll wait, in seconds. https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html */
export const LONGEST_WAIT = 20

export interface SqsOptions {
  readonly region: string
  /** Default: Amazon's of the region. */
  readonly endpoint?: string
  /** Default: as the SDK finds them in the environment. */
  readonly accessKeyId?: string
  readonly secretAccessKey?: string
  /** Seconds that a poll waits for messages: shorter costs more requests, longer makes a close wait longer. Default 20. */
  readonly wait?: number
}

/** The SQS adapter: experimental; standard queues, without ordering, priority and delay. Does no I/O. */
export function sqs(options: SqsOptions): Adapter<SqsManifest, Receipt, SQSClient> {
  const { wait = LONGEST_WAIT } = options
  return {
    spi: 1,
    offers: MANIFEST,
    connect: (context) => SqsDriver.open(clientFor(options, wait), wait, context),
    classify: failureOf,
  }
}

/** One attempt per call: whether and when to try again is core's word. */
function clientFor({ region, endpoint, accessKeyId, secretAccessKey }: SqsOptions, wait: number): SQSClient {
  return new SQSClient({
    region,
    maxAttempts: 1,
    requestHandler: { connectionTimeout: 3000, requestTimeout: (wait + 10) * 1000 },
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(accessKeyId === undefined || secretAccessKey === undefined
      ? {}
      : { credentials: { accessKeyId, secretAccessKey } }),
  })
}
