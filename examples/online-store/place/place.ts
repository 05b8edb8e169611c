import { connect } from '@anymq/connect'
import type { Connect } from '../workers/worker.ts'

/** All that a process needs to find the store's broker. */
export interface Address {
  readonly url: string
  readonly namespace: string
}

/** Where the store runs. */
export interface Place extends Address {
  /** For people. A URL may hold a password: it is not shown. */
  readonly text: string
  /** Opens broker objects here, in this process. */
  readonly connect: Connect
  /** Whether several processes can reach it. */
  readonly isShared: boolean
  /** Restart the broker; undefined where it is not ours. Resolves with what was done, when it serves again. */
  readonly restart: (() => Promise<string>) | undefined
  /** Take away what was started. */
  close(): Promise<void>
}

/** Opens broker objects at an address. */
export function connectTo({ url, namespace }: Address): Connect {
  return (options) => connect(url, { namespace, ...options })
}
