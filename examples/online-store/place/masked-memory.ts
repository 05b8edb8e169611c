import { connect } from '@anymq/connect'
// By its path: the store itself needs no adapter by name, and what is masked is for those who work on the library.
import { memory, memoryServer, type MemoryMask } from '../../../packages/adapter-memory/src/index.ts'
import type { Connect } from '../workers/worker.ts'
import type { Address } from './place.ts'

/** One server, and an adapter for it that lacks what the mask says: the library makes up for it. */
export function connectMasked({ url, namespace }: Address, mask: readonly MemoryMask[]): Connect {
  const server = memoryServer()
  const adapters = { 'memory:': () => Promise.resolve({ fromUrl: () => memory({ server, mask }) }) }
  return (options) => connect(url, { namespace, adapters, ...options })
}
