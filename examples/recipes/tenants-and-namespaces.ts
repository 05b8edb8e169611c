import { connect, type ConnectOptions } from '@anymq/connect'
import { queue, type, type Broker } from '@anymq/core'

export interface Export {
  readonly tenant: string
  readonly id: string
}

// #region shared
/** One queue for all tenants. Each tenant has one export at a time, and waits for no other tenant. */
export const exports = queue('exports', {
  schema: type<Export>(),
  ordering: { key: ({ tenant }) => tenant },
  concurrency: 10,
})
// #endregion

// #region namespace
/** One environment, or one large tenant, with everything of its own on the same broker: `prod.exports`, `staging.exports`. */
export function open(url: string, namespace: string, options: Partial<ConnectOptions> = {}): Promise<Broker> {
  return connect({ url, namespace }, { ...options, definitions: [exports] })
}
// #endregion
