/** A TCP proxy before a broker. It is a process of its own: what it does to connections costs the tested process nothing. */
export interface BrokerProxy extends AsyncDisposable {
  /** The AnyMQ URL of the broker through this proxy. */
  readonly url: string
  readonly port: number
  /** Reset every connection. New ones are served as before. */
  cut(): Promise<ProxyEvidence>
  /** Connections stay open, but nothing passes and no end is told, in both directions; new ones are accepted and held. */
  halfOpen(): Promise<ProxyEvidence>
  /** Every chunk waits this many milliseconds, one after the other. */
  slow(msPerChunk: number): Promise<ProxyEvidence>
  /** Reset new connections as they come, and count them. Open ones are left alone: `cut` ends them. */
  refuse(): Promise<ProxyEvidence>
  /** Pass everything again, first what was held. The evidence tells what the fault did until now. */
  restore(): Promise<ProxyEvidence>
  /** What the present fault has done until now. */
  observe(): Promise<ProxyEvidence>
  /** Reset every connection and end the proxy's process. Does nothing the second time. */
  close(): Promise<void>
}

/** What a fault did, counted from its start; `cut` counts its own resets. */
export interface ProxyEvidence {
  readonly fault: 'none' | 'cut' | 'halfOpen' | 'slow' | 'refuse'
  /** Connections of clients that are open now. */
  readonly connectionsOpen: number
  readonly connectionsReset: number
  readonly connectionsRefused: number
  /** Bytes that were kept from passing, or delayed. */
  readonly bytesHeld: number
}
