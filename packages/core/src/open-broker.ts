import type { Broker, BrokerOptions } from './broker.ts'
import { capabilityProblems, emulations, unsupported } from './capability/resolve.ts'
import { refuseBadOptions } from './check-broker-options.ts'
import { ConnectedBroker } from './connected-broker.ts'
import { displayName } from './definition/definition.ts'
import { parseDuration } from './duration.ts'
import { stderrLogger } from './log.ts'
import { systemClock } from './mechanism/clock.ts'
import { uuidV7 } from './mechanism/ids.ts'
import { systemRandomness } from './mechanism/random.ts'
import { naming } from './naming.ts'
import { Runtime } from './runtime.ts'
import type { Adapter } from './spi/driver.ts'
import type { Manifest } from './spi/manifest.ts'
import { Supervisor } from './supervisor.ts'
import { Targets } from './targets.ts'

const CONNECT_TIMEOUT = 30_000

/** Connect; then everything that the definitions need exists. */
export async function openBroker(adapter: Adapter, options: BrokerOptions): Promise<Broker> {
  refuseBadOptions(adapter, options)
  const runtime = runtimeOf(adapter, options)
  const targets = new Targets(naming(options.namespace), adapter.offers.adapter)
  const check = (manifest: Manifest): void => {
    const problems = capabilityProblems(manifest, options.definitions, targets, options.emulation ?? 'allow')
    if (problems.length > 0) throw unsupported(manifest, problems)
  }
  check(adapter.offers)
  const supervisor = new Supervisor(runtime, adapter, check)
  const timeout = options.timeout === undefined ? CONNECT_TIMEOUT : parseDuration(options.timeout)!
  try {
    const wanted = options.definitions.flatMap((definition) => targets.all(definition))
    const manifest = await supervisor.start(wanted, timeout)
    sayMissingNet(runtime, manifest, options)
    if (options.emulation === 'warn') sayEmulations(runtime, manifest, options)
    return new ConnectedBroker(runtime, supervisor, targets, options.definitions, manifest, options.relay ?? false)
  } catch (error) {
    await supervisor.close(timeout)
    throw error
  }
}

/** `emulation: 'warn'`: it works, and whoever runs it wants to know. */
function sayEmulations(runtime: Runtime, manifest: Manifest, { definitions }: BrokerOptions): void {
  for (const { path } of definitions.flatMap((definition) => emulations(manifest, definition)))
    runtime.log.warn({ adapter: runtime.adapter, capability: path }, 'emulated on this broker')
}

/** `retry.crashes` cannot be kept where nothing counts deliveries; whoever consumes must know. */
function sayMissingNet(runtime: Runtime, { deliveries }: Manifest, { definitions }: BrokerOptions): void {
  const sources = definitions.filter(({ kind }) => kind !== 'topic').map(displayName)
  if (deliveries !== 'none' || sources.length === 0) return
  runtime.log.warn(
    { adapter: runtime.adapter, sources: sources.join(', ') },
    'this broker counts no deliveries: no net (retry.crashes) catches a message that kills its process again and again',
  )
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
