import type { Recorder } from '../facts.ts'
import type { Product } from '../data/products.ts'
import { Ledger } from './ledger.ts'
import { MailService } from './mail-service.ts'
import { Pace } from './pace.ts'
import { PaymentProvider } from './payment-provider.ts'
import type { Services } from './services.ts'
import { Warehouse } from './warehouse.ts'

/** What is there whether or not the store's workers live: the services that they call. */
export interface World extends Services {
  readonly pace: Pace
  readonly provider: PaymentProvider
  readonly warehouse: Warehouse
  readonly ledger: Ledger
  readonly mail: MailService
}

export function makeWorld(catalogue: readonly Product[], seed: number, record: Recorder): World {
  const pace = new Pace(seed)
  return {
    pace,
    provider: new PaymentProvider(pace, seed, record),
    warehouse: new Warehouse(
      catalogue.map(({ sku, stock }) => [sku, stock] as const),
      pace,
      record,
    ),
    ledger: new Ledger(pace, seed, record),
    mail: new MailService(pace, record),
  }
}
