import type { Definition, Queue, Source, Topic } from '@anymq/core'
import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { StringDecoder } from 'node:string_decoder'
import type { ProcessEntry } from '../harness.ts'
import type { Fact } from '../history/facts.ts'
import type { History } from '../history/history.ts'
import { realTime } from '../time/real-time.ts'
import type { Behaviour, Item, Peer } from '../world/peer.ts'
import type { Beginning, Reply, Request } from './protocol.ts'

/** Beside this file, as it was written and as it was built. */
const PROGRAM = new URL(import.meta.url.endsWith('.ts') ? './program.ts' : './process.js', import.meta.url)
/** More than any process sends and handles. */
const NUMBERS = 1_000_000

/** Bytes that are read at once. */
const CHUNK = 65_536

/** Milliseconds in which a process closes its broker. */
const CLOSE_LIMIT = 15_000
/** Milliseconds in which a process ends that has nothing left to do. */
const EXIT_LIMIT = 5000

/** Where a second process comes from. */
export interface Origin {
  readonly entry: ProcessEntry
  readonly id: string
  readonly uses: readonly Definition[]
  readonly namespace: string
  readonly name: string
  readonly seed: number
  /** The first is 1. */
  readonly count: number
  readonly history: History
}

interface Waiting {
  readonly resolve: (value: never) => void
  readonly reject: (error: Error) => void
}

/** A process of its own, which can be killed. */
export class ProcessPeer implements Peer {
  readonly name: string
  readonly #origin: Origin
  readonly #uses: readonly Definition[]
  readonly #history: History
  readonly #file: string
  readonly #child: ChildProcess
  readonly #waiting = new Map<number, Waiting>()
  /** A character may be cut in two where a read ends. */
  readonly #decoder = new StringDecoder()
  #number = 0
  readonly #reader: number
  /** The beginning of a line whose end is not written yet. */
  #rest = ''
  #isOver = false

  constructor(origin: Origin) {
    const { entry, name, uses, history } = origin
    this.name = name
    this.#origin = origin
    this.#uses = uses
    this.#history = history
    this.#file = join(mkdtempSync(join(tmpdir(), 'anymq-')), 'history')
    writeFileSync(this.#file, '')
    this.#reader = openSync(this.#file, 'r')
    this.#child = fork(PROGRAM, { ...(entry.execArgv !== undefined && { execArgv: [...entry.execArgv] }) })
    this.#child.on('message', (reply: Reply) => this.#hear(reply))
    this.#child.once('exit', (code, signal) => this.#ended(`the process ended with ${signal ?? code}`))
    this.#child.once('error', (error) => this.#ended(`the process could not be started: ${error.message}`))
  }

  /** Open its broker. */
  begin(): Promise<void> {
    const { entry, id, namespace, name, seed, count } = this.#origin
    const beginning: Beginning = { entry, id, namespace, name, seed, from: count * NUMBERS, file: this.#file }
    return this.#ask({ do: 'begin', beginning })
  }

  subscribe(source: Source, behaviour: Behaviour = {}): Promise<void> {
    return this.#ask({ do: 'subscribe', source: this.#uses.indexOf(source), behaviour })
  }

  hold(source: Source, { max, wait }: { readonly max: number; readonly wait: number }): Promise<readonly string[]> {
    return this.#ask({ do: 'hold', source: this.#uses.indexOf(source), max, wait })
  }

  async ackHeld(): Promise<readonly (string | undefined)[]> {
    const codes = await this.#ask<readonly (string | null)[]>({ do: 'ackHeld' })
    return codes.map((code) => code ?? undefined)
  }

  send(to: Queue<Item> | Topic<Item>, items: readonly Item[], ids?: readonly string[]): Promise<readonly string[]> {
    return this.#ask({ do: 'send', to: this.#uses.indexOf(to), items, ids })
  }

  async kill(): Promise<void> {
    this.#history.add(this.name, { fact: 'life', what: 'killed' })
    await this.end()
  }

  async close(): Promise<void> {
    if (this.#isOver) return
    const closing = this.#ask({ do: 'close' })
    await realTime.run(`closing process ${this.name}`, () => closing, CLOSE_LIMIT)
    await this.end()
  }

  async leave(): Promise<void> {
    const gone = once(this.#child, 'exit')
    await this.#ask({ do: 'leave' })
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), EXIT_LIMIT)
    const [code, signal] = (await gone) as [number | null, string | null]
    clearTimeout(timer)
    if (code !== 0)
      throw new Error(
        `process ${this.name} did not end by itself within ${EXIT_LIMIT} ms of its close (${signal ?? code})`,
      )
  }

  #ask<T>(request: Request): Promise<T> {
    const number = ++this.#number
    const { promise, resolve, reject } = Promise.withResolvers<T>()
    if (this.#isOver) reject(new Error(`process ${this.name} is no more`))
    this.#waiting.set(number, { resolve, reject })
    this.#child.send({ number, request }, (error) => error !== null && reject(error))
    return promise
  }

  #hear(reply: Reply): void {
    if (this.#isOver) return
    this.#read()
    if ('grown' in reply) return
    const waiting = this.#waiting.get(reply.number)
    this.#waiting.delete(reply.number)
    if ('error' in reply) waiting?.reject(new Error(`process ${this.name}: ${reply.error}`))
    else waiting?.resolve(reply.value as never)
  }

  /** What it has written since the last look, whole lines only. */
  #read(): void {
    const lines = (this.#rest + this.#unread()).split('\n')
    this.#rest = lines.pop()!
    for (const line of lines) this.#history.take(JSON.parse(line) as Fact)
  }

  #unread(): string {
    const chunks: Buffer[] = []
    for (;;) {
      const chunk = Buffer.alloc(CHUNK)
      const length = readSync(this.#reader, chunk)
      if (length === 0) return this.#decoder.write(Buffer.concat(chunks))
      chunks.push(chunk.subarray(0, length))
    }
  }

  /** End it, whatever it does, and write nothing down. */
  async end(): Promise<void> {
    if (this.#isOver) return
    const gone = once(this.#child, 'exit')
    this.#child.kill('SIGKILL')
    await gone
  }

  #ended(why: string): void {
    if (this.#isOver) return
    this.#read()
    this.#isOver = true
    closeSync(this.#reader)
    rmSync(dirname(this.#file), { recursive: true, force: true })
    for (const { reject } of this.#waiting.values()) reject(new Error(`process ${this.name}: ${why}`))
    this.#waiting.clear()
  }
}
