import type { Broker, BrokerOptions } from './broker.ts'
import { refuseBadOptions } from './check-broker-options.ts'
import { ConnectedBroker } from './connected-broker.ts'
import { parseDuration } from './duration.ts'
import { Router } from './emulate/router.ts'
import { stderrLogger } from './log.ts'
import { systemClock } from './mechanism/clock.ts'
import { uuidV7 } from './mechanism/ids.ts'
import { systemRandomness } from './mechanism/random.ts'
import { naming } from './naming.ts'
import { Catalogue } from './provision/catalogue.ts'
import { Deployment } from './provision/deployment.ts'
import { restorer } from './provision/restorer.ts'
import { Runtime } from './runtime.ts'
import type { Adapter } from './spi/driver.ts'
import { Supervisor } from './supervisor.ts'
import { Targets } from './targets.ts'

const CONNECT_TIMEOUT = 30_000

/** Connect; then everything that the definitions need exists. */
export async function openBroker(adapter: Adapter, options: BrokerOptions): Promise<Broker> {
  refuseBadOptions(adapter, options)
  const runtime = runtimeOf(adapter, options)
  const deployment = new Deployment(options.provision, options.overrides)
  const targets = new Targets(naming(options.namespace), adapter.offers, deployment)
  const router = new Router()
  const catalogue = new Catalogue({ runtime, targets, router, emulation: options.emulation ?? 'allow' })
  catalogue.expect(options.definitions)
  catalogue.check(adapter.offers)
  const supervisor = new Supervisor(runtime, adapter, catalogue, router)
  runtime.restore = restorer(runtime, catalogue, supervisor)
  const timeout = options.timeout === undefined ? CONNECT_TIMEOUT : parseDuration(options.timeout)!
  try {
    const manifest = await supervisor.start(timeout)
    catalogue.greet(manifest, [...catalogue.definitions])
    const relay = options.relay ?? false
    return new ConnectedBroker({ runtime, supervisor, targets, catalogue, deployment, manifest, relay })
  } catch (error) {
    await supervisor.close(timeout)
    throw error
  }
}

function runtimeOf(adapter: Adapter, options: BrokerOptions): Runtime {
  const clock = options.clock ?? systemClock
  const random = options.random ?? systemRandomness
  return new Runtime({
    clock,
    random,
    ids: options.ids ?? uuidV7(clock, random),
    log: options.logger ?? stderrLogger,
    adapter: adapter.offers.adapter,
    onEvent: options.onEvent,
    interceptors: options.interceptors,
  })
}
