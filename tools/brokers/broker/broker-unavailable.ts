/** This machine cannot have the broker, or may not. `advice` says how to have it. */
export class BrokerUnavailable extends Error {
  override readonly name = 'BrokerUnavailable'
  /** The broker that was wanted, as it was asked for. */
  readonly broker: string
  readonly reason: string
  readonly advice: string

  constructor(broker: string, reason: string, advice: string) {
    super(`No ${broker} on this machine: ${reason} ${advice}`)
    this.broker = broker
    this.reason = reason
    this.advice = advice
  }
}
