import { GenericContainer, getContainerRuntimeClient, type StartedTestContainer, Wait } from 'testcontainers'
import { urlOf } from '../broker/address.ts'
import { choosePorts, proxyRoute } from '../broker/choose-ports.ts'
import type { Release } from '../broker/release.ts'
import { stopwatch } from '../broker/stopwatch.ts'
import type { BrokerControls, Evidence, StartOptions, TestBroker } from '../broker/test-broker.ts'
import { askBroker } from '../kinds/ask-broker.ts'
import { until } from '../process/until.ts'
import { proxiesFor } from '../proxy/open-proxy.ts'
import { imageOf } from './images.ts'

type Container = ReturnType<Awaited<ReturnType<typeof getContainerRuntimeClient>>['container']['getById']>

/** Start a release in a container. It is removed with the caller, by the watchdog that testcontainers brings. */
export async function startInContainer(release: Release, options: StartOptions): Promise<TestBroker> {
  const { name, product } = release
  const ports = await choosePorts(release, options)
  const image = imageOf(release, ports)
  options.onProgress?.(`${release.id}: a container of ${image.name}`)
  const started = await containerOf(image).start()
  const { container: containers } = await getContainerRuntimeClient()
  const address = { url: urlOf(name, '127.0.0.1', ports.client), host: '127.0.0.1', port: ports.client }
  let version: string | undefined
  const ready = () =>
    until(
      async () => {
        version = await askBroker(name, address)
        return true
      },
      { within: 60_000, what: `${image.name} answers`, retry: true },
    )
  try {
    await ready()
  } catch (error) {
    await started.stop()
    throw error
  }
  const proxies = proxiesFor(address, () => proxyRoute(name, ports))
  let stopped: Promise<void> | undefined
  const stop = () => (stopped ??= proxies.closeAll().then(async () => void (await started.stop())))
  return {
    name,
    product,
    version: version ?? release.version,
    source: 'docker',
    ...address,
    controls: containerControls(containers.getById(started.getId()), ready),
    proxy: proxies.open,
    logs: () => tailOf(started),
    stop,
    [Symbol.asyncDispose]: stop,
  }
}

function containerOf({ name, ports, env, files }: ReturnType<typeof imageOf>): GenericContainer {
  const container = new GenericContainer(name).withEnvironment({ ...env }).withWaitStrategy(Wait.forListeningPorts())
  const bindings = Object.entries(ports).map(([host, inside]) => ({ host: Number(host), container: inside }))
  const contents = Object.entries(files).map(([target, content]) => ({ target, content }))
  return container.withExposedPorts(...bindings).withCopyContentToContainer(contents)
}

function containerControls(container: Container, ready: () => Promise<void>): BrokerControls {
  const done = async (what: Evidence['what'], how: string, work: () => Promise<unknown>): Promise<Evidence> => {
    const clock = stopwatch()
    await work()
    const { State: state } = await container.inspect()
    const gone = what === 'killed' ? { gone: !state.Running } : what === 'restarted' ? { gone: true } : {}
    return { what, how, pid: state.Pid, ...gone, ms: clock() }
  }
  return {
    restart: () => done('restarted', 'docker restart', () => container.restart().then(ready)),
    kill: () => done('killed', 'docker kill', () => container.kill().then(() => container.wait())),
    start: () => done('started', 'docker start', () => container.start().then(ready)),
    pause: () => done('paused', 'docker pause', () => container.pause()),
    resume: () => done('resumed', 'docker unpause', () => container.unpause()),
  }
}

async function tailOf(container: StartedTestContainer): Promise<string> {
  let text = ''
  // A running container's log has no end: what has come within a second is its tail.
  const stream = await container.logs({ tail: 40 })
  const timer = setTimeout(() => stream.destroy(), 1000)
  try {
    for await (const chunk of stream) text += String(chunk)
  } catch {
    // Ended by the timer.
  } finally {
    clearTimeout(timer)
  }
  return text
}
