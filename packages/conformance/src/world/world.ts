import {
  createBroker,
  silentLogger,
  type BrokerEvent,
  type BrokerOptions,
  type Definition,
  type Queue,
} from '@anymq/core'
import type { Manifest } from '@anymq/core/driver'
import { seededRandomness } from '@anymq/core/testing'
import type { Disturbance, RawMessage, Site } from '../harness.ts'
import { History } from '../history/history.ts'
import { withSeam, type Seam } from '../seam/seam.ts'
import { ProcessPeer } from '../process/process-peer.ts'
import type { Time } from '../time/time.ts'
import { Client } from './client.ts'
import { Lack } from './lack.ts'
import { LocalPeer } from './local-peer.ts'
import type { Peer } from './peer.ts'
import { Recorder } from './recorder.ts'
import { until, within } from './waiting.ts'

/** What a world is made of. */
export interface WorldParts {
  /** The case. */
  readonly id: string
  readonly site: Site
  readonly time: Time
  readonly uses: readonly Definition[]
  readonly namespace: string
  readonly seed: number
  readonly patience: number
  readonly quiet: number
}

/** What a broker object of a case may be given besides its definitions. */
export interface OpenOptions extends Partial<Omit<BrokerOptions, 'clock' | 'random' | 'onEvent'>> {
  /** Default: a letter. */
  readonly name?: string
  /** What stands between the library and the broker, for what goes wrong there. Default: nothing. */
  readonly seam?: Seam
}

/** Everything one case works with: its processes, its time, and the history that they write. */
export class World {
  readonly history: History
  readonly site: Site
  readonly namespace: string
  readonly seed: number
  /** How long to listen to be sure that nothing more comes, milliseconds. */
  readonly quiet: number
  /** How long something that should come at once may take, milliseconds. */
  readonly patience: number
  readonly #time: Time
  readonly #id: string
  readonly #uses: readonly Definition[]
  readonly #clients: Client[] = []
  readonly #processes: ProcessPeer[] = []
  #manifest: Manifest | null = null

  constructor({ id, site, time, uses, namespace, seed, patience, quiet }: WorldParts) {
    this.site = site
    this.namespace = namespace
    this.seed = seed
    this.patience = patience
    this.quiet = quiet
    this.#time = time
    this.#id = id
    this.#uses = uses
    this.history = new History(() => time.now())
  }

  /** What the broker offers, as probed by the first broker object. */
  get manifest(): Manifest {
    if (this.#manifest === null) throw new Error('nothing has been opened yet')
    return this.#manifest
  }

  get clients(): readonly Client[] {
    return this.#clients
  }

  /** Milliseconds, on one timeline for all processes. */
  now(): number {
    return this.#time.now()
  }

  sleep(ms: number): Promise<void> {
    return this.#time.sleep(ms)
  }

  /** Timers of the library that have not fired; undefined: it cannot be told. */
  get timersLeft(): number | undefined {
    return this.#time.timersLeft
  }

  /** Wait on a condition; `what` names it in the verdict. Never sleep for luck. */
  until(condition: () => boolean | Promise<boolean>, what: string | (() => string), patience?: number): Promise<void> {
    return until(this.#time, patience ?? this.patience, condition, what)
  }

  /** Wait for a promise that must settle; `what` names it in the verdict. */
  within<T>(promise: Promise<T>, what: string, patience?: number): Promise<T> {
    return within(this.#time, patience ?? this.patience, promise, what)
  }

  /** Long enough for what must not come to come. */
  async listen(): Promise<void> {
    await this.sleep(this.quiet)
  }

  /** A process: a broker object of its own, with every definition of the case unless others are given. */
  async open(options: OpenOptions = {}): Promise<Client> {
    const { name = this.#nextName(), seam, ...own } = options
    const events: BrokerEvent[] = []
    const recorder = this.recorder(name)
    const adapter = this.site.adapter()
    const opened = await createBroker(seam === undefined ? adapter : withSeam(adapter, () => seam), {
      definitions: this.#uses,
      namespace: this.namespace,
      logger: silentLogger,
      random: seededRandomness(this.seed + this.#clients.length),
      ...own,
      ...(this.#time.clock !== undefined && { clock: this.#time.clock }),
      onEvent: (event) => {
        events.push(event)
        recorder.heard(event)
      },
    })
    this.#manifest ??= opened.capabilities
    const broker = this.site.disguise?.(opened) ?? opened
    const client = new Client(name, broker, events, recorder, this.site.abandon)
    this.#clients.push(client)
    return client
  }

  /** A process that can die: a real one where the broker is reached over a network. */
  async peer(): Promise<Peer> {
    const { process: entry } = this.site
    if (entry === undefined) return new LocalPeer(await this.open(), this)
    const { history, namespace, seed } = this
    const count = this.#processes.length + 1
    const origin = { entry, id: this.#id, uses: this.#uses, namespace, name: this.#nextName(), seed, count, history }
    const peer = new ProcessPeer(origin)
    this.#processes.push(peer)
    await peer.begin()
    return peer
  }

  /** Do harm on purpose. That it happened is written down, or the case fails. */
  async disturb(fault: Disturbance, client: Client): Promise<void> {
    this.history.add(client.name, { fact: 'fault', fault })
    const disturb = this.site.disturb?.[fault]
    if (disturb === undefined) return
    const what = await disturb(client.broker)
    if (what !== '') this.history.add(client.name, { fact: 'evidence', fault, what })
  }

  /** Something goes wrong that the case itself sees to, by a seam. `happened` is called when it has. */
  fault(fault: string): { readonly happened: (what: string) => void } {
    this.history.add('case', { fact: 'fault', fault })
    return { happened: (what) => this.history.add('case', { fact: 'evidence', fault, what }) }
  }

  /** Put a message into a queue as a stranger does, without the library. */
  async put(to: Queue, message: RawMessage): Promise<void> {
    const { put } = this.site
    if (put === undefined) throw new Lack('the harness has no way to put a message without the library: no `put`')
    await put(to.name, message)
  }

  /** Names of what exists on the broker now. */
  entities(): Promise<readonly string[]> {
    const { entities } = this.site
    if (entities === undefined) throw new Lack('the harness cannot say what exists on the broker: no `entities`')
    return entities()
  }

  /** Close every process that is not closed yet. */
  async tidy(): Promise<void> {
    await Promise.all([...this.#processes.map((peer) => peer.close()), ...this.#clients.map((client) => client.tidy())])
  }

  /** When the case is over, no process of it may be left, whatever a bad driver did to it. */
  async end(): Promise<void> {
    await Promise.all(this.#processes.map((peer) => peer.end()))
  }

  recorder(process: string): Recorder {
    const { history } = this
    const book = {
      add: (fact: Parameters<History['add']>[1]) => history.add(process, fact),
      nextSend: () => history.nextSend(),
      nextRun: () => history.nextRun(),
    }
    return new Recorder(
      book,
      () => this.now(),
      () => this.#time.clock?.now() ?? Date.now(),
    )
  }

  #nextName(): string {
    return String.fromCodePoint(97 + this.#clients.length + this.#processes.length)
  }
}
