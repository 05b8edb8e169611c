import type { Broker } from '@anymq/core'
import type { SeamMaker } from '../../src/seam/seam.ts'

/** A good adapter with one fault. It knows no case. */
export interface Saboteur {
  /** What it does: `drops-every-other-message`. */
  readonly name: string
  /** Between core and the driver, in each connection. */
  readonly seam?: SeamMaker
  /** Around the broker object, where core alone keeps a promise. */
  readonly disguise?: (broker: Broker) => Broker
}
