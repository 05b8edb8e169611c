import type { Adapter, Driver, Feed } from '@anymq/core/driver'

/** What was asked of the broker. */
export interface Operations {
  sends: number
  deliveries: number
  settlements: number
}

/** The adapter, with every message counted that it sends, delivers or settles: what an emulation costs on any broker. */
export function counting<A extends Adapter>(adapter: A, operations: Operations): A {
  return {
    ...adapter,
    connect: async (context, signal) => {
      const driver = await adapter.connect(context, signal)
      return countingDriver(driver, operations)
    },
  }
}

function countingDriver(driver: Driver, operations: Operations): Driver {
  return {
    manifest: driver.manifest,
    native: driver.native,
    ensure: (target, mode) => driver.ensure(target, mode),
    send: (target, batch) => {
      operations.sends += batch.length
      return driver.send(target, batch)
    },
    open: async (target, options, sink) => {
      const deliver: typeof sink.deliver = (batch) => {
        operations.deliveries += batch.length
        sink.deliver(batch)
      }
      const counted = {
        deliver,
        demand: () => sink.demand(),
        revoke: (lost: (receipt: unknown) => boolean) => sink.revoke(lost),
        fail: (error: unknown) => sink.fail(error),
      }
      return countingFeed(await driver.open(target, options, counted), operations)
    },
    stats: (target) => driver.stats(target),
    purge: (target) => driver.purge(target),
    remove: (target) => driver.remove(target),
    classify: (error) => driver.classify(error),
    close: () => driver.close(),
  }
}

function countingFeed(feed: Feed<unknown>, operations: Operations): Feed<unknown> {
  return {
    settle: (batch, urgent) => {
      operations.settlements += batch.length
      return feed.settle(batch, urgent)
    },
    resize: (window) => feed.resize(window),
    get alive() {
      return feed.alive
    },
    stop: () => feed.stop(),
    close: () => feed.close(),
  }
}
