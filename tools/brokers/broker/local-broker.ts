import { freePort } from '../process/free-port.ts'
import { logTail } from '../process/log-tail.ts'
import { createRun, removeFolder, type Run } from '../process/run.ts'
import { type Command, createServer, type Server } from '../process/server.ts'
import { endTagged } from '../process/tagged.ts'
import type { Found, Ports, Recipe } from '../kinds/recipe.ts'
import type { ProxyRoute } from '../proxy/messages.ts'
import { proxiesFor } from '../proxy/open-proxy.ts'
import { startWatchdog } from '../watchdog/watchdog.ts'
import { urlOf } from './address.ts'
import { serverControls } from './server-controls.ts'
import type { Release } from './release.ts'
import type { BrokerName, StartOptions, TestBroker } from './test-broker.ts'

export interface LocalOptions extends StartOptions {
  /** Leave it running after this process: whoever keeps its run ends it. Default false. */
  readonly keep?: boolean
}

/** A broker that runs as a process of this machine. */
export interface LocalBroker extends TestBroker {
  readonly run: Run
}

/** Start a release from programs of this machine, with ports, data and log of its own. */
export async function startLocal(
  release: Release,
  recipe: Recipe,
  found: Found,
  options: LocalOptions,
): Promise<LocalBroker> {
  const run = createRun(release.name)
  const callOff = options.keep ? () => {} : await startWatchdog({ runId: run.id, folder: run.folder })
  const clean = async () => {
    await endTagged(run.id)
    removeFolder(run.folder)
    callOff()
  }
  try {
    const ports = await choosePorts(release, options)
    const command = await recipe.prepare(found, run, ports)
    const server = createServer(run, command)
    const version = (await server.start()) ?? found.version
    return handle({ release, found, run, ports, command, server, version, clean })
  } catch (error) {
    await clean()
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
  readonly clean: () => Promise<void>
}

function handle({ release, found, run, ports, command, server, version, clean }: Parts): LocalBroker {
  const { name, product } = release
  const address = { url: urlOf(name, '127.0.0.1', ports.client), host: '127.0.0.1', port: ports.client }
  const proxies = proxiesFor(address, () => proxyRoute(name, ports))
  let stopped: Promise<void> | undefined
  const stop = () => (stopped ??= proxies.closeAll().then(clean))
  return {
    name,
    product,
    version,
    source: found.source,
    ...address,
    run,
    controls: serverControls(server, command.stopSignal),
    proxy: proxies.open,
    logs: () => Promise.resolve(logTail(run.logFile)),
    stop,
    [Symbol.asyncDispose]: stop,
  }
}

async function choosePorts({ name }: Release, { proxy = false }: StartOptions): Promise<Ports> {
  const ports = {
    client: await freePort(),
    behindProxy: await freePort(),
    inner: await freePort(),
    outer: await freePort(),
  }
  return name === 'kafka' && proxy ? { ...ports, proxy: await freePort() } : ports
}

function proxyRoute(name: BrokerName, { client, proxy, behindProxy }: Ports): ProxyRoute {
  const host = '127.0.0.1'
  if (name !== 'kafka') return { listen: 0, host, port: client }
  if (proxy !== undefined) return { listen: proxy, host, port: behindProxy }
  throw new Error('Kafka tells its clients where to connect: start it with { proxy: true } to put a proxy before it.')
}
