import type { Units } from '../facts.ts'
import type { Row } from './ledger.ts'
import type { Mail } from './mail-service.ts'
import type { Charge } from './payment-provider.ts'

/** What handlers call, wherever they run: the real thing in this process, or a line to it from another one. */
export interface Services {
  readonly pace: { work(least: number, most: number, signal?: AbortSignal): Promise<void> }
  readonly provider: { charge(charge: Charge): Promise<'charged' | 'declined'> }
  readonly warehouse: {
    reserve(order: string, items: readonly Units[]): Promise<void>
    ship(order: string): Promise<void>
  }
  readonly ledger: { insert(rows: readonly Row[]): Promise<void> }
  readonly mail: { send(mail: Mail): Promise<void> }
}
