import type { Manifest } from '../spi/manifest.ts'
import type { Incoming, SettleAction } from '../spi/messages.ts'

type Release = Extract<SettleAction, { action: 'release' }>

/**
 * How a message waits that comes again later. `broker`: it is given back, and the broker keeps it until then. `copy`: a copy with its
 * count waits, and the delivery is done. `hold`: it stays in this process, its lease renewed, its count in memory.
 */
export type RetryWay = 'broker' | 'copy' | 'hold'

/** @param keepsPlace its key waits with it */
export function retryWay({ failed, delay }: Release, manifest: Manifest, keepsPlace: boolean): RetryWay {
  // Only here its key stays closed: given back it would be overtaken, and a copy would be behind those that came after it.
  if (keepsPlace) return 'hold'
  if (!failed && delay === 0) return 'broker'
  if (manifest.countsFailures) return 'broker'
  return manifest.delay.kind === 'none' ? 'hold' : 'copy'
}

/** Releases after which a message is replaced by a copy, where the broker takes them for deaths: the copy begins its count again. */
const MOST_RELEASES = 450

/** True for a message that was given back so often that the broker's count comes near the net. */
export function isWorn({ deliveries }: Incoming<unknown>, manifest: Manifest | null): boolean {
  return manifest?.deliveries === 'inflated' && deliveries > MOST_RELEASES
}
