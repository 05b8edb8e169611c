import {
  DeleteQueueCommand,
  ListQueuesCommand,
  PurgeQueueCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs'
import {
  type BatchResult,
  type Driver,
  type DriverContext,
  type Ensured,
  type EnsureMode,
  type Failure,
  type Feed,
  type Incoming,
  type OpenOptions,
  type Outgoing,
  pullFeed,
  type Settlement,
  type Sink,
  type Stats,
  type Target,
} from '@anymq/core/driver'
import { entryOf, incomingOf } from './entries.ts'
import { entryFailures, failureOf } from './failure.ts'
import { MANIFEST, type SqsManifest } from './manifest.ts'
import { Queues } from './queues.ts'
import type { Receipt } from './receipts.ts'
import { Settling, wholeSeconds } from './settling.ts'

const POLLS_AT_ONCE = 8
/** A look waits no longer than this for a queue that says it has more. Seconds. */
const BROWSE_WAIT = 1

/** There is no connection to lose: each request stands for itself, and leases live on at the server when one fails. */
export class SqsDriver implements Driver<SqsManifest, Receipt, SQSClient> {
  readonly manifest: SqsManifest = MANIFEST
  readonly native: SQSClient
  readonly #queues: Queues
  readonly #wait: number
  readonly #context: DriverContext

  /** One request, to find out whether there is anybody who knows us. */
  static async open(client: SQSClient, wait: number, context: DriverContext): Promise<SqsDriver> {
    await client.send(new ListQueuesCommand({ MaxResults: 1 }))
    return new SqsDriver(client, wait, context)
  }

  private constructor(client: SQSClient, wait: number, context: DriverContext) {
    this.native = client
    this.#queues = new Queues(client)
    this.#wait = wait
    this.#context = context
  }

  async ensure(target: Target, mode: EnsureMode): Promise<Ensured<SqsManifest>> {
    await this.#queues.ensure(target, mode)
    return {}
  }

  async send(target: Target, batch: readonly Outgoing[]): Promise<BatchResult> {
    const QueueUrl = await this.#queues.url(target)
    const answer = await this.native.send(new SendMessageBatchCommand({ QueueUrl, Entries: batch.map(entryOf) }))
    const failed = entryFailures(answer, batch.length)
    return failed.length === 0 ? {} : { failed }
  }

  async open(target: Target, { lease, browse }: OpenOptions, sink: Sink<Receipt>): Promise<Feed<Receipt>> {
    const url = await this.#queues.url(target)
    const settling = new Settling(this.native, url, this.#context.clock)
    const wait = browse ? Math.min(this.#wait, BROWSE_WAIT) : this.#wait
    const polling = {
      maxBatch: 10,
      parallel: POLLS_AT_ONCE,
      receive: (max: number) => this.#receive(url, max, wait, lease),
      settle: (batch: readonly Settlement<Receipt>[]) => settling.settle(batch),
      classify: failureOf,
      trouble: (reason: string) =>
        this.#context.state(reason === '' ? 'up' : 'degraded', `polls of "${target.name}" fail: ${reason}`),
    }
    return pullFeed(polling, sink, this.#context.clock)
  }

  async #receive(QueueUrl: string, max: number, wait: number, lease: number): Promise<Incoming<Receipt>[]> {
    const { Messages = [] } = await this.native.send(
      new ReceiveMessageCommand({
        QueueUrl,
        MaxNumberOfMessages: max,
        WaitTimeSeconds: wait,
        VisibilityTimeout: wholeSeconds(lease),
        MessageSystemAttributeNames: ['ApproximateReceiveCount', 'SentTimestamp'],
        MessageAttributeNames: ['All'],
      }),
    )
    const leaseUntil = this.#context.clock.monotonic() + lease - margin(lease)
    return Messages.map((message) => incomingOf(message, leaseUntil))
  }

  async stats(target: Target): Promise<Stats> {
    const counts = await this.#queues.attributes(target, [
      'ApproximateNumberOfMessages',
      'ApproximateNumberOfMessagesNotVisible',
      'ApproximateNumberOfMessagesDelayed',
    ])
    return {
      ready: Number(counts['ApproximateNumberOfMessages']),
      leased: Number(counts['ApproximateNumberOfMessagesNotVisible']),
      delayed: Number(counts['ApproximateNumberOfMessagesDelayed']),
      oldest: undefined,
    }
  }

  async purge(target: Target): Promise<void> {
    await this.native.send(new PurgeQueueCommand({ QueueUrl: await this.#queues.url(target) }))
  }

  async remove(target: Target): Promise<void> {
    await this.native.send(new DeleteQueueCommand({ QueueUrl: await this.#queues.url(target) }))
  }

  classify(error: unknown): Failure {
    return failureOf(error)
  }

  async close(): Promise<void> {
    this.native.destroy()
  }
}

/** A lease began when the server took the message, not when its answer came: ours ends before the server's. Milliseconds. */
function margin(lease: number): number {
  return Math.min(1000, lease / 10)
}
