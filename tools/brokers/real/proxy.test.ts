import { describe, expect, it } from 'vitest'
import { startBroker } from '../index.ts'
import { clientOf } from './clients.ts'

describe.each(['rabbitmq', 'kafka', 'sqs'] as const)('a proxy before %s', (name) => {
  it('carries its clients, and refuses them when told', async () => {
    await using broker = await startBroker(name, { own: true, proxy: true })
    await using proxy = await broker.proxy()
    const through = { name, url: proxy.url, port: proxy.port }
    await clientOf(through).put('through the proxy')
    expect(await clientOf(broker).count()).toBe(1)
    expect(await clientOf(through).count()).toBe(1)
    await proxy.refuse()
    // Clients that keep connections would use an old one. The first attempt may still meet its end; the second has to connect.
    await proxy.cut()
    for (let attempt = 0; attempt < 2; attempt++) await expect(clientOf(through).count()).rejects.toThrow()
    expect(await clientOf(broker).count()).toBe(1)
    expect((await proxy.restore()).connectionsRefused).toBeGreaterThan(0)
    expect(await clientOf(through).count()).toBe(1)
  })
})

describe('a Kafka that was not told of a proxy', () => {
  it('cannot have one, as it would tell its clients a way past it', async () => {
    await using broker = await startBroker('kafka', { own: true })
    await expect(broker.proxy()).rejects.toThrow('start it with { proxy: true }')
  })
})
