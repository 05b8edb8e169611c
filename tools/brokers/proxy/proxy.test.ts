import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { identityOf, isRunning } from '../process/pid.ts'
import { until } from '../process/until.ts'
import type { BrokerProxy } from './broker-proxy.ts'
import { proxiesFor, type ProxySource } from './open-proxy.ts'
import { startProxyProcess } from './proxy-process.ts'

/** Sends back what it gets. */
let echo: Server
let proxies: ProxySource
let proxy: BrokerProxy
const clients: Socket[] = []

beforeAll(async () => {
  echo = createServer((socket) => socket.on('error', () => {}).pipe(socket))
  echo.listen(0, '127.0.0.1')
  await once(echo, 'listening')
  const { port } = echo.address() as AddressInfo
  const address = { url: `amqp://guest:guest@127.0.0.1:${port}`, host: '127.0.0.1', port }
  proxies = proxiesFor(address, () => ({ listen: 0, host: '127.0.0.1', port }))
  proxy = await proxies.open()
})
afterAll(async () => {
  await proxies.closeAll()
  echo.close()
})

afterEach(async () => {
  for (const socket of clients.splice(0)) socket.destroy()
  await proxy.restore()
})

async function client(of = proxy) {
  const socket = connect(of.port, '127.0.0.1')
  clients.push(socket)
  let received = ''
  let error: string | undefined
  socket.on('data', (chunk) => void (received += chunk.toString()))
  socket.on('error', (problem: NodeJS.ErrnoException) => void (error = problem.code))
  await new Promise((resolve) => socket.once('connect', resolve).once('close', resolve))
  const gets = (text: string) => until(() => received === text, { within: 5000, every: 2, what: `${text} came` })
  const closes = () => until(() => socket.closed, { within: 5000, every: 2, what: 'the socket closed' })
  return { socket, gets, closes, received: () => received, error: () => error }
}

describe('a proxy before a broker', () => {
  it('passes bytes and ends in both directions, under a URL of its own', async () => {
    const { socket, gets, closes, error } = await client()
    socket.write('one')
    await gets('one')
    socket.end('two')
    await gets('onetwo')
    await closes()
    expect(error()).toBeUndefined()
    expect(proxy.url).toBe(`amqp://guest:guest@127.0.0.1:${proxy.port}`)
  })

  it('cuts every connection with a reset, and serves the next one', async () => {
    const pair = [await client(), await client()]
    pair[0]!.socket.write('x')
    await pair[0]!.gets('x')
    expect(await proxy.cut()).toMatchObject({ fault: 'cut', connectionsReset: 2, connectionsOpen: 0 })
    for (const { closes, error } of pair) {
      await closes()
      expect(error()).toBe('ECONNRESET')
    }
    const next = await client()
    next.socket.write('again')
    await next.gets('again')
  })

  it('holds the bytes of half open connections, then passes them', async () => {
    const { socket, gets, received } = await client()
    socket.write('a')
    await gets('a')
    expect(await proxy.halfOpen()).toMatchObject({ fault: 'halfOpen', connectionsOpen: 1, bytesHeld: 0 })
    socket.write('held')
    await sleep(50)
    expect(received()).toBe('a')
    expect(await proxy.restore()).toMatchObject({ fault: 'halfOpen', bytesHeld: 4, connectionsReset: 0 })
    await gets('aheld')
    expect(await proxy.observe()).toMatchObject({ fault: 'none', bytesHeld: 0 })
  })

  it('tells nobody of an end while connections are half open', async () => {
    const { socket, received } = await client()
    await proxy.halfOpen()
    socket.end('bye')
    await sleep(50)
    expect(socket.readableEnded).toBe(false)
    await proxy.restore()
    await until(() => socket.readableEnded, { within: 5000, every: 2, what: 'the end came' })
    expect(received()).toBe('bye')
  })

  it('delays every chunk', async () => {
    const { socket, gets } = await client()
    await proxy.slow(60)
    const start = performance.now()
    socket.write('slow')
    await gets('slow')
    expect(performance.now() - start).toBeGreaterThanOrEqual(115)
    expect(await proxy.restore()).toMatchObject({ fault: 'slow', bytesHeld: 8 })
  })

  it('refuses new connections, counts them, and leaves open ones alone', async () => {
    const old = await client()
    old.socket.write('old')
    await old.gets('old')
    await proxy.refuse()
    const refused = await client()
    await refused.closes()
    expect(refused.error()).toBe('ECONNRESET')
    old.socket.write('still')
    await old.gets('oldstill')
    expect(await proxy.restore()).toMatchObject({ fault: 'refuse', connectionsRefused: 1, connectionsOpen: 1 })
    const served = await client()
    served.socket.write('yes')
    await served.gets('yes')
  })

  it('resets its clients when it is closed, and then says that it is', async () => {
    const closed = await proxies.open()
    const { socket, gets, closes } = await client(closed)
    socket.write('x')
    await gets('x')
    await closed.close()
    await closes()
    await closed.close()
    await expect(closed.cut()).rejects.toThrow("The proxy is closed, so 'cut' was not done.")
  })

  it('resets a client when nobody listens behind it, and ends its process on request', async () => {
    const relay = await startProxyProcess({ listen: 0, host: '127.0.0.1', port: 1 })
    const socket = connect(relay.port, '127.0.0.1')
    const [error]: { code?: string }[] = await once(socket, 'error')
    expect(error?.code).toBe('ECONNRESET')
    await relay.end()
    expect(isRunning(identityOf(relay.pid))).toBe(false)
  })
})
