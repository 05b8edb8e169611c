import { memory, type MemoryMask, type MemoryServer } from '../src/index.ts'
import { EMULATED } from '../src/mask.ts'

export { EMULATED }

/** Worlds in which the same promises hold: the broker as it is, without what a test is about, and without anything. */
export function worldsWithout(...mask: readonly MemoryMask[]): [string, readonly MemoryMask[]][] {
  return [
    ['native', []],
    [mask.join(' + '), mask],
    ['every mask', EMULATED],
  ]
}

/** An adapter for the server that lacks what the mask says. */
export function lacking(server: MemoryServer, mask: readonly MemoryMask[]) {
  return memory({ server, mask })
}
