import { DeadLetter, type Message, type Queue, type Source, type Topic } from '@anymq/core'
import type { Client } from './client.ts'
import { Lack } from './lack.ts'
import type { Behaviour, Item, Peer } from './peer.ts'
import { codeOf, type RecordedMessage } from './recorded-message.ts'

/** Where a peer's handlers let time pass, and where it can be told what keeps a process alive. */
interface Sleeper {
  sleep(ms: number): Promise<void>
  readonly timersLeft?: number | undefined
}

/** A peer in this process: what a worker program does for its parent, and what stands for a process where the broker is in this one. */
export class LocalPeer implements Peer {
  readonly #client: Client
  readonly #time: Sleeper
  #held: RecordedMessage<unknown>[] = []

  constructor(client: Client, time: Sleeper) {
    this.#client = client
    this.#time = time
  }

  get name(): string {
    return this.#client.name
  }

  async subscribe(source: Source, behaviour: Behaviour = {}): Promise<void> {
    const { concurrency } = behaviour
    const handler = (message: Message): Promise<void> => this.#behave(message, behaviour)
    await this.#client.subscribe(source, handler, concurrency === undefined ? {} : { concurrency }).ready
  }

  async hold(source: Source, options: { readonly max: number; readonly wait: number }): Promise<readonly string[]> {
    const messages = await this.#client.receive(source, options)
    this.#held.push(...messages)
    return messages.map(({ id }) => id)
  }

  ackHeld(): Promise<readonly (string | undefined)[]> {
    const held = this.#held
    this.#held = []
    return Promise.all(
      held.map((message) =>
        message.ack().then(
          () => undefined,
          (error: unknown) => codeOf(error) ?? String(error),
        ),
      ),
    )
  }

  async send(
    to: Queue<Item> | Topic<Item>,
    items: readonly Item[],
    ids?: readonly string[],
  ): Promise<readonly string[]> {
    const sent: string[] = []
    for (const [index, item] of items.entries()) {
      const id = ids?.[index]
      sent.push(await this.#client.send<Item, string>(to, item, id === undefined ? {} : { id }))
    }
    return sent
  }

  async kill(): Promise<void> {
    this.#client.kill()
  }

  close(): Promise<void> {
    return this.#client.close()
  }

  async leave(): Promise<void> {
    const before = this.#time.timersLeft
    await this.close()
    const left = this.#time.timersLeft
    if (left === undefined)
      throw new Lack('the harness cannot show what keeps a process alive: time is real, and there is no `process`')
    if (left > 0) throw new Error(`after its close ${left} timers of ${before} are left`)
  }

  async #behave(message: Message, { takes = 0, ends = 'return' }: Behaviour): Promise<void> {
    if (takes > 0) await this.#time.sleep(takes)
    if (ends === 'throw') throw new Error('the peer fails on purpose')
    if (ends === 'dead-letter') throw new DeadLetter('the peer rejects on purpose')
    // A handler that never ends keeps no process alive, and says when it is told to stop.
    if (ends === 'hang')
      await new Promise((_, reject) =>
        message.signal.addEventListener('abort', () => reject(new Error('the peer was told to stop'))),
      )
  }
}
