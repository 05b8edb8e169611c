import { createConnection } from 'node:net'
import { once } from 'node:events'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { releases } from '../broker/release.ts'
import { startBroker, type TestBroker } from '../index.ts'
import { identityOf, isRunning } from '../process/pid.ts'
import { askBroker } from '../kinds/ask-broker.ts'
import { type Client, clientOf } from './clients.ts'

const progress = (line: string) => console.log(line)

describe.each(releases)('$id', ({ id, name, product }) => {
  let broker: TestBroker
  let client: Client

  beforeAll(async () => {
    const start = performance.now()
    broker = await startBroker(id, { onProgress: progress })
    progress(
      `${id}: ${broker.product} ${broker.version}, ${broker.source}, after ${Math.round(performance.now() - start)} ms`,
    )
    client = clientOf(broker)
  })
  afterAll(() => broker?.stop())

  // RabbitMQ 3.10 counts a quorum queue as empty for some seconds after a start.
  const counts = (messages: number) => expect.poll(() => client.count(), { timeout: 10_000 }).toBe(messages)

  it('is what was asked for, on this machine only', () => {
    expect(broker).toMatchObject({ name, product, host: '127.0.0.1' })
    expect(broker.url).toContain(`127.0.0.1:${broker.port}`)
    expect(broker.version).toMatch(/^\d+\.\d+/)
  })

  it('keeps what it has over a restart, and proves it', async () => {
    await client.put('one')
    const evidence = await broker.controls!.restart()
    progress(`${id}: restarted (${evidence.how}) in ${evidence.ms} ms`)
    expect(evidence).toMatchObject({ what: 'restarted', gone: true })
    expect(isRunning(identityOf(evidence.pid))).toBe(true)
    await counts(1)
  })

  it('keeps what it acknowledged over kill -9', async () => {
    await client.put('two')
    const killed = await broker.controls!.kill()
    expect(killed).toMatchObject({ what: 'killed', how: 'SIGKILL', gone: true })
    expect(isRunning(identityOf(killed.pid))).toBe(false)
    await expect(once(createConnection(broker.port, '127.0.0.1'), 'connect')).rejects.toThrow('ECONNREFUSED')
    const started = await broker.controls!.start()
    progress(`${id}: started after a kill in ${started.ms} ms`)
    expect(started.pid).not.toBe(killed.pid)
    await counts(2)
  })

  it('answers nobody while it is paused', async () => {
    expect(await broker.controls!.pause()).toMatchObject({ what: 'paused' })
    await expect(askBroker(name, broker)).rejects.toThrow()
    expect(await broker.controls!.resume()).toMatchObject({ what: 'resumed' })
    await askBroker(name, broker)
    await counts(2)
  })

  it('tells its log', async () => {
    expect(typeof (await broker.logs())).toBe('string')
  })
})
