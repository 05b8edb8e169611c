import type { Run } from '../process/run.ts'
import type { Command } from '../process/server.ts'
import type { Progress } from '../sources/install-once.ts'

/** How one release is had, and run as a process of this machine. */
export interface Recipe {
  /** Is it here without installing anything? */
  find(): Found | undefined
  /** Why it cannot be installed on this machine; nothing when it can. */
  obstacle(): Obstacle | undefined
  /** What an install brings and from where, for the line that is said before it happens. */
  readonly installs: string
  install(onProgress: Progress): Promise<Found>
  /** Write the settings of a run and say how to start it. */
  prepare(found: Found, run: Run, ports: Ports): Promise<Command>
}

export interface Found {
  /** The folder that holds the programs. */
  readonly home: string
  readonly version: string
  readonly source: 'machine' | 'installed'
}

export interface Obstacle {
  readonly reason: string
  readonly advice: string
}

export interface Ports {
  /** Where clients connect. */
  readonly client: number
  /** Where a proxy will stand, which the broker has to tell its clients. Only for brokers that need to know. */
  readonly proxy?: number
  /** Where that proxy connects to. */
  readonly behindProxy: number
  /** For the broker's own use: a controller, a name server, other nodes. */
  readonly inner: readonly [number, number]
}
