/** One small mistake in core or in the in-memory adapter, as somebody might make it. */
export interface Mutant {
  /** What is wrong then. */
  readonly name: string
  /** From the folder of the packages. */
  readonly file: string
  /** Stands there exactly once. */
  readonly text: string
  readonly instead: string
}

const CORE = 'core/src'
const MEMORY = 'adapter-memory/src'

export const mutants: readonly Mutant[] = [
  {
    name: 'one attempt too many',
    file: `${CORE}/policy/decide.ts`,
    text: 'attempt >= policy.attempts',
    instead: 'attempt > policy.attempts',
  },
  {
    name: 'retry.when the wrong way round',
    file: `${CORE}/policy/decide.ts`,
    text: '!policy.when(error, attempt)',
    instead: 'policy.when(error, attempt)',
  },
  {
    name: 'a defer counts',
    file: `${CORE}/policy/decide.ts`,
    text: "return { verdict: 'defer', delay: steering.after }",
    instead: "return { verdict: 'retry', delay: steering.after }",
  },
  {
    name: 'RetryAfter does not wait',
    file: `${CORE}/policy/decide.ts`,
    text: "return { verdict: 'retry', delay: steering.after }",
    instead: "return { verdict: 'retry', delay: 0 }",
  },
  {
    name: 'a second settlement goes through',
    file: `${CORE}/consume/settlements.ts`,
    text: 'if (delivery.state <= TAKEN) return undefined',
    instead: 'if (delivery.state <= SETTLING) return undefined',
  },
  {
    name: 'a settlement that failed in transit is forgotten',
    file: `${CORE}/consume/settlements.ts`,
    text: 'this.#wayOf(settlement).unanswered.add(delivery)',
    instead: 'void this.#wayOf(settlement)',
  },
  {
    name: 'leases are extended too late',
    file: `${CORE}/consume/lease-keeper.ts`,
    text: 'const at = Math.max(first.leaseUntil - this.#lease / 2, this.#pausedUntil)',
    instead: 'const at = Math.max(first.leaseUntil + this.#lease / 2, this.#pausedUntil)',
  },
  {
    name: 'two messages of a key may be handed out',
    file: `${MEMORY}/key-lanes.ts`,
    text: 'if (lane.head === null) {',
    instead: 'if (lane.head === null || lane.waiting === null) {',
  },
  {
    name: 'a key goes on before its dead letter has arrived',
    file: `${CORE}/consume/key-chains.ts`,
    text: "if (action === 'move' && blocks) chain.blocker = delivery",
    instead: 'void [action, blocks]',
  },
  {
    name: 'one handler too many',
    file: `${CORE}/consume/handler-runs.ts`,
    text: 'this.#starts.free(this.#place.concurrency - this.#inFlight.size)',
    instead: 'this.#starts.free(this.#place.concurrency + 1 - this.#inFlight.size)',
  },
  {
    name: 'what a handler sends is not waited for',
    file: `${CORE}/consume/handler-runs.ts`,
    text: 'if (sends !== null) return void sends.then(() => this.#returned(run))',
    instead: 'void sends',
  },
  {
    name: 'a copy is acknowledged before it is confirmed',
    file: `${CORE}/emulate/moving-feed.ts`,
    text: 'const refused = await this.#copy(moves)',
    instead:
      'const refused: Failed[] = (void this.#copy(moves), moves.forEach((move) => this.#copied.add(move.settlement.receipt)), [])',
  },
  {
    name: 'a redriven message keeps its attempts',
    file: `${CORE}/policy/dead-letter.ts`,
    text: 'for (const name of [...FAILURE_HEADERS, WIRE.expiresAt]) delete headers[name]',
    instead: 'void FAILURE_HEADERS',
  },
  {
    name: 'a send is tried again behind later ones',
    file: `${CORE}/send/batcher.ts`,
    text: 'this.#queue.unshift(messages[i]!)',
    instead: 'this.#queue.push(messages[i]!)',
  },
  {
    name: 'a topic that has groups may reach none',
    file: `${CORE}/send/batcher.ts`,
    text: "target.kind !== 'topic' || groupsIn(target.fingerprint).length > 0",
    instead: 'false',
  },
  {
    name: 'a forward is taken for a repeat',
    file: `${CORE}/policy/forward.ts`,
    text: 'dedupeId: hopId(incoming.id, headers)',
    instead: 'dedupeId: (void hopId, headers[WIRE.dedupeId])',
  },
  {
    name: 'a dead letter does not say how many attempts it had',
    file: `${CORE}/policy/dead-letter.ts`,
    text: '[WIRE.attempt]: String(death.attempts)',
    instead: '[WIRE.attempt]: String(death.attempts - 1)',
  },
  {
    name: 'what a dead process held does not come back',
    file: `${MEMORY}/memory-queue.ts`,
    text: '    this.#leased.remove(entry)\n    entry.holder = null\n    this.#comeBack(entry)\n',
    instead: '    this.#leased.remove(entry)\n    entry.holder = null\n',
  },
  {
    name: 'delayed messages are a moment early',
    file: `${MEMORY}/memory-queue.ts`,
    text: 'const at = this.#room.clock.monotonic() + ms',
    instead: 'const at = this.#room.clock.monotonic() + ms - 1',
  },
  {
    name: 'a receipt is good for ever',
    file: `${MEMORY}/feed.ts`,
    text: 'if (!settlement.receipt.isHeldBy(this)) {',
    instead: 'if (!settlement.receipt.isHeldBy(this) && entry.holder === null) {',
  },
]
