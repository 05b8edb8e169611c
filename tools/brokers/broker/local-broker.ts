import { logTail } from '../process/log-tail.ts'
import { createRun, removeFolder, type Run } from '../process/run.ts'
import { type Command, createServer, type Server } from '../process/server.ts'
import { endTagged } from '../process/tagged.ts'
import type { Found, Ports, Recipe } from '../kinds/recipe.ts'
import { proxiesFor } from '../proxy/open-proxy.ts'
import { startWatchdog } from '../watchdog/watchdog.ts'
import { urlOf } from './address.ts'
import { choosePorts, proxyRoute } from './choose-ports.ts'
import { serverControls } from './server-controls.ts'
import type { Release } from './release.ts'
import type { StartOptions, TestBroker } from './test-broker.ts'

/** A broker that runs as a process of this machine. */
export interface LocalBroker extends TestBroker {
  readonly run: Run
  /** The process it runs as now. */
  readonly pid: number
  /** Do not end it with this process: whoever knows its run ends it. */
  leaveRunning(): void
}

/** Start a release from programs of this machine, with ports, data and log of its own. */
export async function startLocal(
  release: Release,
  recipe: Recipe,
  found: Found,
  options: StartOptions,
): Promise<LocalBroker> {
  const run = createRun(release.name)
  const callOff = await startWatchdog({ runId: run.id, folder: run.folder })
  const clean = () => {
    removeFolder(run.folder)
    callOff()
  }
  try {
    const ports = await choosePorts(release, options)
    const command = await recipe.prepare(found, run, ports)
    const server = createServer(run, command)
    const version = (await server.start()) ?? found.version
    return handle({ release, found, run, ports, command, server, version, clean, leaveRunning: callOff })
  } catch (error) {
    await endTagged(run.id)
    clean()
    throw error
  }
}

interface Parts {
  readonly release: Release
  readonly found: Found
  readonly run: Run
  readonly ports: Ports
  readonly command: Command
  readonly server: Server
  readonly version: string
  readonly clean: () => void
  readonly leaveRunning: () => void
}

function handle({ release, found, run, ports, command, server, version, clean, leaveRunning }: Parts): LocalBroker {
  const { name, product } = release
  const address = { url: urlOf(name, '127.0.0.1', ports.client), host: '127.0.0.1', port: ports.client }
  const proxies = proxiesFor(address, () => proxyRoute(name, ports))
  let stopped: Promise<void> | undefined
  const stop = () => (stopped ??= Promise.all([proxies.closeAll(), server.close()]).then(clean))
  return {
    name,
    product,
    version,
    source: found.source,
    ...address,
    run,
    get pid() {
      return server.pid
    },
    leaveRunning,
    controls: serverControls(server, command.stopSignal),
    proxy: proxies.open,
    logs: () => Promise.resolve(logTail(run.logFile)),
    stop,
    [Symbol.asyncDispose]: stop,
  }
}
