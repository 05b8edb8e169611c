/** The program of a process that can be killed. It is started by the suite, and does what it is told over a channel. */
import {
  createBroker,
  silentLogger,
  type BrokerEvent,
  type Definition,
  type Queue,
  type Source,
  type Topic,
} from '@anymq/core'
import type { Adapter } from '@anymq/core/driver'
import { seededRandomness } from '@anymq/core/testing'
import { appendFileSync } from 'node:fs'
import { catalogue } from '../cases/catalogue.ts'
import type { Unseen } from '../history/history.ts'
import { realTime } from '../time/real-time.ts'
import { Client } from '../world/client.ts'
import { LocalPeer } from '../world/local-peer.ts'
import type { Item } from '../world/peer.ts'
import { Recorder } from '../world/recorder.ts'
import type { Beginning, Numbered, Reply, Request } from './protocol.ts'

/** What the module of a harness exports for this. */
interface AdapterModule {
  readonly adapter: (config: unknown) => Adapter
}

let peer: LocalPeer
let uses: readonly Definition[] = []
/** From then on the channel to its parent must not keep it alive, and nothing else may. */
let isLeaving = false

process.on('message', ({ number, request }: Numbered) => {
  answer(request).then(
    (value) => {
      reply({ number, value: value ?? null })
      if (isLeaving) process.disconnect()
    },
    (error: unknown) =>
      reply({ number, error: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
  )
})
// Its parent is gone: nobody would end it.
process.on('disconnect', () => isLeaving || process.exit(1))

async function answer(request: Request): Promise<unknown> {
  switch (request.do) {
    case 'begin':
      return begin(request.beginning)
    case 'subscribe':
      return peer.subscribe(uses[request.source] as Source, request.behaviour)
    case 'hold':
      return peer.hold(uses[request.source] as Source, { max: request.max, wait: request.wait })
    case 'ackHeld':
      return (await peer.ackHeld()).map((code) => code ?? null)
    case 'send':
      return peer.send(uses[request.to] as Queue<Item> | Topic<Item>, request.items, request.ids)
    case 'close':
      return peer.close()
    case 'leave':
      isLeaving = true
      return peer.close()
  }
}

async function begin({ entry, id, namespace, name, seed, from, file }: Beginning): Promise<void> {
  uses = catalogue.find((one) => one.id === id)!.uses
  const recorder = recorderTo(file, name, from)
  const events: BrokerEvent[] = []
  const { adapter } = (await import(entry.module)) as Partial<AdapterModule>
  if (adapter === undefined) throw new Error(`${entry.module} exports no \`adapter\`: a function that returns one`)
  const broker = await createBroker(adapter(entry.config), {
    definitions: uses,
    namespace,
    logger: silentLogger,
    random: seededRandomness(seed),
    onEvent: (event) => {
      events.push(event)
      recorder.heard(event)
    },
  })
  peer = new LocalPeer(new Client(name, broker, events, recorder, undefined), realTime)
}

/** Writes at once: what has happened must be known even if this process dies in the next moment. */
function recorderTo(file: string, name: string, from: number): Recorder {
  let number = from
  const book = {
    add: (fact: Unseen): void => {
      appendFileSync(file, `${JSON.stringify({ ...fact, at: realTime.now(), process: name })}\n`)
      reply({ grown: true })
    },
    nextSend: () => ++number,
    nextRun: () => ++number,
  }
  return new Recorder(
    book,
    () => realTime.now(),
    () => Date.now(),
  )
}

function reply(message: Reply): void {
  if (process.connected) process.send!(message)
}
