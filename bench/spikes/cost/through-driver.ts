import type { Adapter, Driver, Feed, Outgoing, Settlement, Sink, Target } from '@anymq/core/driver'
import { fakeContext, fakeOutgoing, fakeTarget } from '@anymq/core/testing'
import { BODY, countdown, freshName, WINDOW, type Way } from './load.ts'

const silent = (): void => {}

/** The driver alone with the simplest sink: what the shape of the interface costs, without the engine. */
export function throughDriver(adapter: Adapter): Way {
  return {
    name: 'driver alone',
    send: (count) => ({
      name: 'driver alone',
      prepare: async () => {
        const { driver, target, end } = await open(adapter)
        return { run: () => publish(driver, target, count), end }
      },
    }),
    consume: (count) => ({
      name: 'driver alone',
      prepare: async () => {
        const { driver, target, end } = await open(adapter)
        await publish(driver, target, count)
        return { run: () => take(driver, target, count), end }
      },
    }),
  }
}

async function open(adapter: Adapter) {
  const driver = await adapter.connect(fakeContext(), new AbortController().signal)
  const target = fakeTarget('queue', freshName())
  await driver.ensure(target, 'create')
  const end = async (): Promise<void> => {
    await driver.remove(target)
    await driver.close()
  }
  return { driver, target, end }
}

async function publish(driver: Driver, target: Target, count: number): Promise<void> {
  const most = driver.manifest.batch.count
  for (let sent = 0; sent < count; sent += most) {
    const batch = Array.from({ length: Math.min(most, count - sent) }, (_, index) => message(`m-${sent + index}`))
    await driver.send(target, batch)
  }
}

async function take(driver: Driver, target: Target, count: number): Promise<void> {
  const left = countdown(count)
  let inHand = 0
  let wake: (room: number) => void = silent
  let feed: Feed<unknown> | null = null
  let early: Settlement<unknown>[] = []
  const settle = async (acks: readonly Settlement<unknown>[]): Promise<void> => {
    await feed!.settle(acks, false)
    inHand -= acks.length
    wake(WINDOW - inHand)
    left.tick(acks.length)
  }
  const sink: Sink<unknown> = {
    deliver: (batch) => {
      inHand += batch.length
      const acks = batch.map(({ receipt }) => ({ receipt, action: 'ack' as const }))
      // A feed may deliver before its `open` has resolved.
      if (feed === null) early.push(...acks)
      else void settle(acks)
    },
    demand: () => (inHand < WINDOW ? WINDOW - inHand : new Promise((resolve) => (wake = resolve))),
    revoke: silent,
    fail: silent,
  }
  const options = { window: WINDOW, span: WINDOW, lease: 30_000, preference: 1, browse: false }
  feed = await driver.open(target, options, sink)
  if (early.length > 0) void settle(early)
  early = []
  await left.done
  await feed.close()
}

function message(id: string): Outgoing {
  return fakeOutgoing(id, {
    body: BODY,
    headers: { 'anymq-v': '1', 'anymq-id': id, 'anymq-sent-at': '1764000000000' },
  })
}
