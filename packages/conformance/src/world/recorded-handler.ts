import { DeadLetter, Defer, RetryAfter, type BatchHandler, type Handler } from '@anymq/core'
import type { Verb } from '../history/facts.ts'
import { RecordedMessage } from './recorded-message.ts'
import type { Recorder } from './recorder.ts'

/** The handler, its runs written down. */
export function recordedHandler<Body>(handler: Handler<Body>, recorder: Recorder, consumer: string): Handler<Body> {
  return (message) => {
    const recorded = new RecordedMessage(message, recorder, 'handler', consumer)
    return written(() => handler(recorded), [recorded], recorder)
  }
}

/** The batch handler, a run written down for each message. */
export function recordedBatchHandler<Body>(
  handler: BatchHandler<Body>,
  recorder: Recorder,
  consumer: string,
): BatchHandler<Body> {
  return (messages) => {
    const batch = messages.map((message) => new RecordedMessage(message, recorder, 'handler', consumer))
    return written(() => handler(batch), batch, recorder)
  }
}

/** A handler that returns no promise still does not: core treats it differently. */
function written(handler: () => unknown, runs: readonly { readonly run: number }[], recorder: Recorder): unknown {
  const ended = (verb: Verb, after?: number): void => {
    for (const { run } of runs) recorder.add({ fact: 'end', run, verb, after })
  }
  const failed = (error: unknown): never => {
    ended(...verbOf(error))
    throw error
  }
  let result: unknown
  try {
    result = handler()
  } catch (error) {
    return failed(error)
  }
  if (result instanceof Promise) return result.then(() => ended('ack'), failed)
  ended('ack')
  return result
}

/** What a thrown error asks for. */
function verbOf(error: unknown): [Verb, after?: number] {
  if (error instanceof DeadLetter) return ['dead-letter']
  if (error instanceof Defer) return ['defer', error.after]
  if (error instanceof RetryAfter) return ['retry', error.after]
  return ['retry']
}
