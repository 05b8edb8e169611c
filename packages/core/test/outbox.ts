import { fakeTarget } from '../src/testing/driver-kit.ts'
import { Batcher } from '../src/send/batcher.ts'
import type { MqError } from '../src/errors.ts'
import { OutgoingMessage, type Ticket } from '../src/send/outgoing-message.ts'
import type { BatchResult } from '../src/spi/messages.ts'
import type { Target } from '../src/spi/target.ts'
import { FakeDriver, fakeRuntime } from './fake-driver.ts'

/** How long an outbox goes on trying, milliseconds. */
export const TIMEOUT = 10_000
/** A buffer that nothing fills. */
export const WIDE: { readonly messages: number; readonly bytes: number } = { messages: 10_000, bytes: 1_000_000 }

/** A batcher on a fake connection; what became of each message is kept by its number. */
export function outbox(
  driver: FakeDriver = new FakeDriver(),
  limits: typeof WIDE = WIDE,
  target: Target = fakeTarget('queue', 'orders'),
) {
  const { runtime, clock, events } = fakeRuntime()
  const batcher = new Batcher(runtime, target, limits)
  const fates = new Map<number, string>()
  const errors: MqError[] = []
  const watch = { settled: (_index: number, _fate: string): void => undefined }
  const settle = (index: number, fate: string): void => {
    if (fates.has(index)) throw new Error(`message ${index} settled twice: ${fates.get(index)}, then ${fate}`)
    fates.set(index, fate)
    watch.settled(index, fate)
  }
  const ticket: Ticket = {
    sent: (index) => settle(index, 'sent'),
    failed: (index, error, outcome) => {
      errors.push(error)
      settle(index, outcome)
    },
  }
  const messages: OutgoingMessage[] = []
  const add = (bytes = 1, timeout = TIMEOUT): OutgoingMessage => {
    const index = messages.length
    const message = new OutgoingMessage(
      `o-${index}`,
      new Uint8Array(bytes),
      {},
      undefined,
      undefined,
      0,
      undefined,
      ticket,
      index,
      clock.monotonic() + timeout,
      bytes,
    )
    messages.push(message)
    batcher.add(message)
    return message
  }
  const send = (count: number): void => {
    for (let i = 0; i < count; i++) add()
    batcher.go()
  }
  batcher.up(driver)
  return {
    runtime,
    batcher,
    driver,
    clock,
    events,
    fates,
    errors,
    watch,
    messages,
    add,
    send,
    ids: () => driver.sent.map((batch) => batch.map(({ id }) => id)),
  }
}

/** The answer of a driver that never answers. */
export const hanging = (): Promise<BatchResult> => new Promise(() => undefined)
