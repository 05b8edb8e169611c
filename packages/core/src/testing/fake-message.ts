import { displayName, type Queue, type Source, type Topic } from '../definition/definition.ts'
import { DURATION_FORMS, parseDuration, type Duration } from '../duration.ts'
import { MqError } from '../errors.ts'
import type { Message } from '../message.ts'
import type { SendOptions } from '../send/options.ts'
import type { Headers } from '../spi/messages.ts'
import { show } from '../options/show.ts'

/** What a handler did with a fake message. */
export type FakeSettlement =
  | { readonly verb: 'ack' }
  | { readonly verb: 'retry'; readonly after: Duration | undefined }
  | { readonly verb: 'deadLetter'; readonly why: string | undefined }
  | { readonly verb: 'defer'; readonly after: Duration }

/** What a handler sent from a fake message. */
export interface FakeSend {
  readonly destination: Queue | Topic
  readonly body: unknown
  readonly options: Omit<SendOptions, 'causedBy'> | undefined
}

/** What to pretend. Each default is what a first delivery of a plain message has. */
export interface FakeMessageOptions {
  /** Default `'fake-1'`. */
  readonly id?: string
  readonly type?: string
  readonly headers?: Headers
  readonly key?: string
  readonly priority?: string
  /** Default 1. */
  readonly attempt?: number
  /** Default 0. */
  readonly redriven?: number
  /** Default 2026-01-01 UTC. */
  readonly sentAt?: Date
  /** Default: one that never aborts. */
  readonly signal?: AbortSignal
}

/** A message for unit tests of handlers: records its settlement and needs no broker. */
export interface FakeMessage<Body> extends Message<Body> {
  /** The first settlement; undefined while there is none. */
  readonly settlement: FakeSettlement | undefined
  /** Everything that was sent from it, in order. */
  readonly sent: readonly FakeSend[]
  /** Every `extend`, in order. */
  readonly extensions: readonly Duration[]
}

/** Make one: `await handler(fakeMessage(orders, { id: 'o-1' }, { attempt: 3 }))`. */
export function fakeMessage<Body>(
  source: Source<Body>,
  body: Body,
  options: FakeMessageOptions = {},
): FakeMessage<Body> {
  const extensions: Duration[] = []
  const sent: FakeSend[] = []
  let settlement: FakeSettlement | undefined
  const refuse = (what: string, duration: Duration | undefined): void => {
    if (duration !== undefined && parseDuration(duration) === undefined)
      throw new MqError('MQ_INVALID', `${what} is ${show(duration)}; give ${DURATION_FORMS}`)
    if (settlement !== undefined)
      throw new MqError('MQ_ALREADY_SETTLED', 'the fake message has been settled already; the first settlement counts')
  }
  const settle = async (next: FakeSettlement): Promise<void> => {
    refuse(next.verb, 'after' in next ? next.after : undefined)
    settlement = next
  }
  return {
    id: options.id ?? 'fake-1',
    idSource: 'producer',
    type: options.type,
    body,
    headers: options.headers ?? {},
    key: options.key,
    priority: options.priority,
    attempt: options.attempt ?? 1,
    redriven: options.redriven ?? 0,
    sentAt: options.sentAt ?? new Date(Date.UTC(2026, 0, 1)),
    source: displayName(source),
    signal: options.signal ?? new AbortController().signal,
    native: undefined,
    sent,
    extensions,
    get settlement() {
      return settlement
    },
    ack: () => settle({ verb: 'ack' }),
    retry: (how) => settle({ verb: 'retry', after: how?.after }),
    deadLetter: (why) => settle({ verb: 'deadLetter', why }),
    defer: (after) => settle({ verb: 'defer', after }),
    extend: async (by) => {
      refuse('extend', by)
      extensions.push(by)
    },
    send: async (destination, content, how) => {
      sent.push({ destination, body: content, options: how })
      return how?.id ?? `fake-sent-${sent.length}`
    },
  }
}
