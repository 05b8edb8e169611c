import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  type QueueAttributeName,
  type SQSClient,
} from '@aws-sdk/client-sqs'
import type { EnsureMode, Target } from '@anymq/core/driver'

/** A net for messages that kill their process, as wide as SQS allows; the policy is core's. */
const MAX_RECEIVE_COUNT = 1000

/** The queues of one account and region: their URLs, and how they are made. */
export class Queues {
  readonly #client: SQSClient
  readonly #urls = new Map<string, Promise<string>>()

  constructor(client: SQSClient) {
    this.#client = client
  }

  url({ address }: Pick<Target, 'address'>): Promise<string> {
    const known = this.#urls.get(address)
    if (known !== undefined) return known
    const asked = this.#client
      .send(new GetQueueUrlCommand({ QueueName: queueName(address) }))
      .then(({ QueueUrl = '' }) => QueueUrl)
    this.#urls.set(address, asked)
    asked.catch(() => this.#urls.delete(address))
    return asked
  }

  /** Idempotent for the same attributes, also when processes race. */
  async ensure(target: Target, mode: EnsureMode): Promise<void> {
    if (mode !== 'verify') {
      const Attributes = await this.#attributes(target)
      const { QueueUrl = '' } = await this.#client.send(
        new CreateQueueCommand({ QueueName: queueName(target.address), Attributes }),
      )
      this.#urls.set(target.address, Promise.resolve(QueueUrl))
    } else await this.url(target)
  }

  async attributes(target: Target, names: QueueAttributeName[]): Promise<Readonly<Record<string, string>>> {
    const QueueUrl = await this.url(target)
    const { Attributes = {} } = await this.#client.send(
      new GetQueueAttributesCommand({ QueueUrl, AttributeNames: names }),
    )
    return Attributes
  }

  async #attributes({ dead, retention }: Target): Promise<Record<string, string>> {
    const own = { MessageRetentionPeriod: String(Math.floor(retention / 1000)) }
    if (dead === undefined) return own
    const QueueUrl = await this.url({ address: dead })
    const { Attributes } = await this.#client.send(
      new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }),
    )
    const net = { deadLetterTargetArn: Attributes?.QueueArn, maxReceiveCount: MAX_RECEIVE_COUNT }
    return { ...own, RedrivePolicy: JSON.stringify(net) }
  }
}

/** SQS has no dot. */
function queueName(address: string): string {
  return address.replaceAll('.', '--')
}
