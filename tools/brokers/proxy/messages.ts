import type { ProxyEvidence } from './broker-proxy.ts'

/** What the tested process asks its proxy's process. */
export type ProxyOrder =
  | { readonly do: 'cut' | 'halfOpen' | 'refuse' | 'restore' | 'observe' }
  | { readonly do: 'slow'; readonly msPerChunk: number }

/** The order is answered under its number. */
export interface ProxyRequest {
  readonly id: number
  readonly order: ProxyOrder
}

export type ProxyReply =
  | { readonly listening: number }
  | { readonly id: number; readonly evidence: ProxyEvidence }
  | { readonly failed: string }

/** Where the proxy listens and where it connects to. */
export interface ProxyRoute {
  /** 0: any that is free. */
  readonly listen: number
  readonly host: string
  readonly port: number
}
