import type { Harness } from '../src/harness.ts'

/** What the memory adapter keeps for its own proof, as far as tests here use it. */
interface MemoryModule {
  readonly memoryHarness: (options?: {
    readonly mask?: readonly string[]
    readonly time?: 'virtual' | 'real'
  }) => Harness
}

/** By its address, as the command is given it: that package builds on this one, so this one does not name it. */
export const MEMORY_HARNESS: string = new URL('../../adapter-memory/conformance/harness.ts', import.meta.url).href

export const { memoryHarness } = (await import(MEMORY_HARNESS)) as MemoryModule
