import { connect } from '@anymq/connect'
import { queue, type, type Broker, type Message } from '@anymq/core'

export const orders = queue('orders', { schema: type<{ id: string }>() })

export interface Charges {
  charge(id: string): Promise<void>
}

/** A provider like any other: Nest makes it, tells it when the application starts and ends, and needs no package of ours. */
export class OrdersWorker {
  readonly #broker: Broker
  readonly #charges: Charges

  constructor(broker: Broker, charges: Charges) {
    this.#broker = broker
    this.#charges = charges
  }

  async onModuleInit(): Promise<void> {
    const work = this.#broker.consumer(orders).subscribe((message) => this.onOrder(message))
    await work.ready
  }

  async onOrder({ body }: Message<{ id: string }>): Promise<void> {
    await this.#charges.charge(body.id)
  }

  async onApplicationShutdown(): Promise<void> {
    await this.#broker.close({ timeout: '20s' }) // again, by another worker, changes nothing
  }
}

/** The name under which Nest hands out the broker. */
export const BROKER = Symbol('broker')

/** For `@Module({ providers: messaging(CHARGES) })`: Nest waits until the factory has connected. */
export function messaging(charges: symbol) {
  return [
    { provide: BROKER, useFactory: () => connect(process.env['ANYMQ_URL'], { definitions: [orders] }) },
    {
      provide: OrdersWorker,
      useFactory: (broker: Broker, service: Charges) => new OrdersWorker(broker, service),
      inject: [BROKER, charges],
    },
  ]
}
