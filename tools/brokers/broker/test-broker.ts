import type { BrokerProxy } from '../proxy/broker-proxy.ts'

/** The brokers that AnyMQ has an adapter for, by the scheme of their URLs. */
export type BrokerName = 'rabbitmq' | 'kafka' | 'sqs'

/** Where a broker came from. `environment`: not ours, never touched. */
export type BrokerSource = 'environment' | 'docker' | 'machine' | 'installed'

export interface StartOptions {
  /** May programs be installed into the user's cache? Default true. */
  readonly install?: boolean
  /** Never use an address from the environment: the caller wants to stop, kill or pause the broker. Default false. */
  readonly own?: boolean
  /** Will `proxy()` be called? Kafka tells its clients an address and must know at start. Default false. */
  readonly proxy?: boolean
  /** Called with one line whenever something takes long: what is fetched, built or waited for. */
  readonly onProgress?: (line: string) => void
}

/** A real broker on 127.0.0.1, ready when it is handed over. */
export interface TestBroker extends AsyncDisposable {
  readonly name: BrokerName
  /** The program: `RabbitMQ`, `Apache Kafka`, `ElasticMQ` or `fauxqs`. */
  readonly product: string
  /** As the running broker says where it can, else as installed; `unknown` where nobody can tell. */
  readonly version: string
  readonly source: BrokerSource
  /** The URL that AnyMQ connects with. */
  readonly url: string
  readonly host: string
  readonly port: number
  /** Faults of the broker itself. Absent for a broker that is not ours. */
  readonly controls: BrokerControls | undefined
  /** A TCP proxy before this broker, in a process of its own. */
  proxy(): Promise<BrokerProxy>
  /** The tail of its log. */
  logs(): Promise<string>
  /** End it and delete its data. Does nothing the second time. */
  stop(): Promise<void>
}

/** Faults of a broker. Each resolves when it has happened, with the evidence, and rejects when it did not. */
export interface BrokerControls {
  /** Stop in the broker's own way, start with the same port and data; resolves when it serves again. */
  restart(): Promise<Evidence>
  /** SIGKILL; resolves when the process is gone. */
  kill(): Promise<Evidence>
  /** Start after a kill, with the same port and data; resolves when it serves again. */
  start(): Promise<Evidence>
  /** SIGSTOP: connections stay open, nothing answers. */
  pause(): Promise<Evidence>
  /** SIGCONT. */
  resume(): Promise<Evidence>
}

/** Proof that a fault happened. */
export interface Evidence {
  readonly what: 'restarted' | 'killed' | 'started' | 'paused' | 'resumed'
  /** How it was done, for example `SIGTERM, then start`. */
  readonly how: string
  /** The process it was done to; after a start the new process. 0 where the broker runs in a container. */
  readonly pid: number
  /** Is the process gone that ran before? Only after `restart` and `kill`. */
  readonly gone?: boolean
  /** How long it took, in milliseconds. */
  readonly ms: number
}
