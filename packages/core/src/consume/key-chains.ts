import type { Settlement } from '../spi/messages.ts'
import { READY, TAKEN } from './delivery-state.ts'
import type { Delivery } from './delivery.ts'
import { KeyChain } from './key-chain.ts'

/** What the chains ask of the engine. */
export interface ChainHooks {
  /** Nothing of its key is before it any more. */
  ready(delivery: Delivery): void
  /** Its settlement may go out now. */
  leave(delivery: Delivery): void
  /** Something before it in its key was lost and will come again: so must this one. */
  giveBack(delivery: Delivery): void
}

const MOST_SPARE = 1000
/** The largest sum of bodies that may wait behind others of their keys, bytes. */
const MOST_BYTES = 16 * 1024 * 1024

/**
 * Order per key: of each key one delivery at a time is at work, those behind it wait outside the window, and settlements of one key
 * leave one by one. So what comes again after a loss is always a suffix of the key, in order.
 */
export class KeyChains {
  readonly #hooks: ChainHooks
  readonly #chains = new Map<string, KeyChain>()
  /** Where there are levels: order holds per key and level. */
  readonly #byLevel = new Map<string, Map<string, KeyChain>>()
  /** Chains of keys that are gone: most messages of many keys would need a new one each. */
  readonly #spare: KeyChain[] = []
  #parked = 0
  #bytes = 0
  #place = 0

  constructor(hooks: ChainHooks) {
    this.#hooks = hooks
  }

  /** How many wait behind others of their key. */
  get parked(): number {
    return this.#parked
  }

  get isFull(): boolean {
    return this.#bytes >= MOST_BYTES
  }

  /** The key with the longest line behind it: what fills the span. */
  get longest(): string | undefined {
    let longest: KeyChain | undefined
    for (const chain of this.#all()) if (chain.parked > (longest?.parked ?? 0)) longest = chain
    return longest?.key
  }

  /** It has arrived. True: its turn is now. */
  join(delivery: Delivery): boolean {
    const { key } = delivery
    if (key === undefined) return true
    const chain = this.#chainOf(key, delivery.priority)
    delivery.chain = chain
    delivery.place = ++this.#place
    if (chain.isFree && chain.parked === 0) {
      chain.active.push(delivery)
      return true
    }
    this.#count(delivery, 1)
    chain.park(delivery)
    return false
  }

  /** The next of a key whose deliveries before it are all in one open batch. */
  peekFollower({ chain }: Delivery): Delivery | undefined {
    if (chain?.blocker !== null || chain.running.length > 0) return undefined
    // One that waits for its retry is before those that wait in line.
    return chain.active.at(-1)?.state === TAKEN ? chain.peek() : undefined
  }

  /** It joins the batch. */
  follow({ chain }: Delivery): Delivery {
    const next = chain!.unpark()!
    this.#count(next, -1)
    chain!.active.push(next)
    return next
  }

  /** What becomes of it is decided. True: its settlement may go out. `runs`: its handler still does. */
  conclude(delivery: Delivery, { action }: Settlement<unknown>, runs: boolean, blocks: boolean): boolean {
    const chain = delivery.chain!
    remove(chain.active, delivery)
    chain.leaving.push(delivery)
    if (runs) chain.running.push(delivery)
    if (action === 'move' && blocks) chain.blocker = delivery
    this.#goOn(chain)
    return chain.leaving[0] === delivery
  }

  /** The same message waits in its place for its next attempt. */
  replace(delivery: Delivery, next: Delivery, runs: boolean): void {
    const { chain } = delivery
    if (chain === null) return
    const index = chain.active.indexOf(delivery)
    if (index >= 0) chain.active[index] = next
    else chain.active.push(next)
    next.chain = chain
    next.place = delivery.place
    if (runs) chain.running.push(delivery)
    else delivery.chain = null
  }

  /** It leaves the line and waits beside it: the key goes on. */
  skip(delivery: Delivery): void {
    const { chain } = delivery
    delivery.chain = null
    if (chain === null) return
    remove(chain.active, delivery)
    this.#goOn(chain)
    this.#tidy(chain)
  }

  /** A retry is due. False: a handler of its key still runs, or one before it waits too, and its turn comes after that. */
  isDue(delivery: Delivery): boolean {
    const { chain } = delivery
    if (chain === null || (chain.running.length === 0 && chain.active[0] === delivery)) return true
    ;(chain.due ??= new Set()).add(delivery)
    return false
  }

  /** The handler of a delivery that was settled before has returned. */
  ended(delivery: Delivery): void {
    const { chain } = delivery
    if (chain === null || !remove(chain.running, delivery)) return
    if (!chain.leaving.includes(delivery)) delivery.chain = null
    if (chain.running.length > 0) return
    this.#goOn(chain)
    this.#tidy(chain)
  }

  /** The broker has taken its settlement. */
  settled(delivery: Delivery): void {
    const { chain } = delivery
    if (chain === null || !remove(chain.leaving, delivery)) return
    if (chain.running.length === 0 || !chain.running.includes(delivery)) delivery.chain = null
    if (chain.blocker === delivery) chain.blocker = null
    const next = chain.leaving[0]
    if (next !== undefined) this.#hooks.leave(next)
    this.#goOn(chain)
    this.#tidy(chain)
  }

  /** It goes back to its place in line, unharmed, as `next`. */
  backInLine(delivery: Delivery, next: Delivery): void {
    const chain = delivery.chain!
    remove(chain.active, delivery)
    delivery.chain = null
    next.chain = chain
    next.place = delivery.place
    this.#park(chain, next)
    // Those of its batch that wait for a retry come after it.
    for (const later of chain.active.filter(({ state, place }) => state === READY && place > next.place)) {
      remove(chain.active, later)
      this.#park(chain, later)
    }
    this.#goOn(chain)
  }

  #park(chain: KeyChain, delivery: Delivery): void {
    this.#count(delivery, 1)
    chain.parkInPlace(delivery)
  }

  /** Take the chain of `delivery` apart from there on: everything of its key that is not decided yet, in order. */
  dissolve(delivery: Delivery): Delivery[] {
    const { chain } = delivery
    if (chain === null) return [delivery]
    const rest = this.#from(chain, delivery.place)
    this.#tidy(chain)
    return rest
  }

  /** It is lost. What came after it in its key is given back, so that it comes again behind it. */
  lost(delivery: Delivery): void {
    const { chain } = delivery
    if (chain === null) return
    delivery.chain = null
    const index = chain.leaving.indexOf(delivery)
    const later = index < 0 ? [] : chain.leaving.splice(index).slice(1)
    if (chain.blocker !== null && (chain.blocker === delivery || later.includes(chain.blocker))) chain.blocker = null
    remove(chain.active, delivery)
    chain.due?.delete(delivery)
    // Handlers that still run are told by their signals; nobody waits for them.
    for (const each of [delivery, ...later]) remove(chain.running, each)
    for (const next of [...later, ...this.#from(chain, delivery.place)]) {
      if (next === delivery) continue
      next.chain = null
      this.#hooks.giveBack(next)
    }
    this.#goOn(chain)
    this.#tidy(chain)
  }

  /** The feed is gone with everything. */
  clear(): void {
    for (const chain of this.#all()) {
      for (const each of [...chain.leaving, ...chain.active, ...chain.running, ...chain.unparkFrom(0)])
        each.chain = null
    }
    this.#chains.clear()
    this.#byLevel.clear()
    this.#parked = 0
    this.#bytes = 0
  }

  #from(chain: KeyChain, place: number): Delivery[] {
    const active = chain.active.filter((each) => each.place >= place)
    for (const each of active) remove(chain.active, each)
    for (const each of active) chain.due?.delete(each)
    const parked = chain.unparkFrom(place)
    for (const each of parked) this.#count(each, -1)
    return [...active, ...parked]
  }

  #goOn(chain: KeyChain): void {
    if (chain.due !== null) this.#wakeDue(chain, chain.due)
    if (!chain.isFree) return
    const next = chain.unpark()
    if (next === undefined) return
    this.#count(next, -1)
    chain.active.push(next)
    chain.due?.delete(next)
    this.#hooks.ready(next)
  }

  /** The head was due while something kept it from starting. */
  #wakeDue({ active, running }: KeyChain, due: Set<Delivery>): void {
    const [head] = active
    if (head !== undefined && running.length === 0 && due.delete(head)) this.#hooks.ready(head)
  }

  #chainOf(key: string, level: string | undefined): KeyChain {
    const home = level === undefined ? this.#chains : this.#ofLevel(level)
    const known = home.get(key)
    if (known !== undefined) return known
    const chain = this.#spare.pop() ?? new KeyChain()
    chain.open(key, home)
    return chain
  }

  #ofLevel(level: string): Map<string, KeyChain> {
    const known = this.#byLevel.get(level)
    if (known !== undefined) return known
    const made = new Map<string, KeyChain>()
    this.#byLevel.set(level, made)
    return made
  }

  #all(): KeyChain[] {
    return [this.#chains, ...this.#byLevel.values()].flatMap((chains) => [...chains.values()])
  }

  /** A chain that was taken apart may still be asked by those whose handlers run: it is spare only when none does. */
  #tidy(chain: KeyChain): void {
    if (!chain.isEmpty || chain.home === null) return
    chain.close()
    if (this.#spare.length < MOST_SPARE) this.#spare.push(chain)
  }

  #count({ incoming }: Delivery, by: 1 | -1): void {
    this.#parked += by
    this.#bytes += by * (incoming.body?.length ?? 0)
  }
}

function remove(list: Delivery[], delivery: Delivery): boolean {
  // Nearly always it is the only one.
  if (list.length === 1 && list[0] === delivery) {
    list.pop()
    return true
  }
  const index = list.indexOf(delivery)
  if (index >= 0) list.splice(index, 1)
  return index >= 0
}
