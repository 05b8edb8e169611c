import type { Headers, Incoming } from './messages.ts'

/** A delivery as another one: the same message under another receipt, or with another count of failures. */
export class IncomingCopy<R> implements Incoming<R> {
  readonly receipt: R
  readonly id: string
  readonly idSource: Incoming<R>['idSource']
  readonly body: Uint8Array | null
  readonly headers: Headers
  readonly key: string | undefined
  readonly level: string | undefined
  readonly attempt: number
  readonly note: string
  readonly deliveries: number
  readonly sentAt: number
  readonly brokerTime: number
  readonly leaseUntil: number
  readonly native: unknown

  constructor(of: Incoming<unknown>, receipt: R, attempt: number, note: string, level: string | undefined = of.level) {
    this.receipt = receipt
    this.id = of.id
    this.idSource = of.idSource
    this.body = of.body
    this.headers = of.headers
    this.key = of.key
    this.level = level
    this.attempt = attempt
    this.note = note
    this.deliveries = of.deliveries
    this.sentAt = of.sentAt
    this.brokerTime = of.brokerTime
    this.leaseUntil = of.leaseUntil
    this.native = of.native
  }
}
