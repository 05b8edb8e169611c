import { randomUUID } from 'node:crypto'
import type { Contender } from '../../measure/rounds.ts'

/** The same work for every contender: messages of 256 bytes, durable, confirmed, acknowledged one by one or in the client's own batches. */
export const BODY: Buffer = Buffer.alloc(256, 'x')
/** Most messages on their way or in hand. */
export const WINDOW = 200

/** One way of using a broker. */
export interface Way {
  readonly name: string
  /** Send so many messages to an empty queue. */
  send(count: number): Contender
  /** Take so many messages, which are there, from a queue. */
  consume(count: number): Contender
}

/** A name that no other run uses. */
export function freshName(): string {
  return `cost-${randomUUID().slice(0, 8)}`
}

/** Resolves when it has been told of so many. */
export function countdown(count: number): { readonly done: Promise<void>; tick(more?: number): void } {
  const { promise, resolve } = Promise.withResolvers<void>()
  let left = count
  return {
    done: promise,
    tick: (more = 1) => {
      left -= more
      if (left <= 0) resolve()
    },
  }
}
