import { ChangeMessageVisibilityBatchCommand, DeleteMessageBatchCommand, type SQSClient } from '@aws-sdk/client-sqs'
import type { BatchResult, Clock, Failure, Settlement } from '@anymq/core/driver'
import { entryFailures, failureOf, type BatchAnswer } from './failure.ts'
import type { Receipt } from './receipts.ts'

type Placed = { readonly index: number; readonly receipt: Receipt; readonly seconds: number }
type Failed = { readonly index: number; readonly failure: Failure }

/** Entries in one request. */
const LARGEST_BATCH = 10

const EXPIRED: Failure = Object.freeze({
  code: 'MQ_LEASE_LOST',
  retryable: false,
  outcome: 'not-sent',
  message: 'its visibility timeout has ended',
})

/** Deletes and visibility changes, ten to a request, each entry judged by itself. */
export class Settling {
  readonly #client: SQSClient
  readonly #url: string
  readonly #clock: Clock

  constructor(client: SQSClient, url: string, clock: Clock) {
    this.#client = client
    this.#url = url
    this.#clock = clock
  }

  async settle(batch: readonly Settlement<Receipt>[]): Promise<BatchResult> {
    const now = this.#clock.monotonic()
    const deletes: Placed[] = []
    const changes: Placed[] = []
    const failed: Failed[] = []
    batch.forEach((settlement, index) => {
      const { receipt, action } = settlement
      // A standard queue may delete by an old receipt what somebody else holds by now.
      if (receipt.leaseUntil <= now) failed.push({ index, failure: EXPIRED })
      else if (action === 'ack') deletes.push({ index, receipt, seconds: 0 })
      else if (action === 'extend') changes.push({ index, receipt, seconds: wholeSeconds(settlement.lease) })
      else if (action === 'release') changes.push({ index, receipt, seconds: wholeSeconds(settlement.delay) })
    })
    const results = await Promise.all([
      ...inTens(deletes).map((ten) => this.#try(ten, () => this.#delete(ten))),
      ...inTens(changes).map((ten) => this.#try(ten, () => this.#change(ten, now))),
    ])
    failed.push(...results.flat())
    return failed.length > 0 ? { failed } : {}
  }

  #delete(ten: readonly Placed[]): Promise<BatchAnswer> {
    const Entries = ten.map(({ receipt }, at) => ({ Id: String(at), ReceiptHandle: receipt.handle }))
    return this.#client.send(new DeleteMessageBatchCommand({ QueueUrl: this.#url, Entries }))
  }

  async #change(ten: readonly Placed[], now: number): Promise<BatchAnswer> {
    const Entries = ten.map(({ receipt, seconds }, at) => ({
      Id: String(at),
      ReceiptHandle: receipt.handle,
      VisibilityTimeout: seconds,
    }))
    const answer = await this.#client.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl: this.#url, Entries }))
    for (const { Id } of answer.Successful ?? []) {
      const { receipt, seconds } = ten[Number(Id)]!
      receipt.leaseUntil = now + seconds * 1000
    }
    return answer
  }

  async #try(ten: readonly Placed[], call: () => Promise<BatchAnswer>): Promise<Failed[]> {
    try {
      const failed = entryFailures(await call(), ten.length)
      return failed.map(({ index, failure }) => ({ index: ten[index]!.index, failure }))
    } catch (error) {
      const failure = failureOf(error)
      return ten.map(({ index }) => ({ index, failure }))
    }
  }
}

function inTens(all: readonly Placed[]): Placed[][] {
  const tens: Placed[][] = []
  for (let from = 0; from < all.length; from += LARGEST_BATCH) tens.push(all.slice(from, from + LARGEST_BATCH))
  return tens
}

/** Never shorter than asked for. */
export function wholeSeconds(ms: number): number {
  return Math.ceil(ms / 1000)
}
