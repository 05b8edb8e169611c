// What does the spike's sender see when the broker is out of memory, and when the exchange is not there?
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { rabbitmq } from '@anymq/adapter-rabbitmq'
import type { TestBroker } from '@anymq/test-brokers'
import { fakeContext, fakeOutgoing, fakeTarget } from '@anymq/core/testing'
import { closed, connected, lab, quorumQueue, taker, wait } from './lab.ts'

const run = promisify(execFile)

await lab('What is refused', async (broker) => {
  await missingExchange(broker)
  await outOfMemory(broker)
})

async function missingExchange({ url }: TestBroker): Promise<void> {
  const driver = await rabbitmq({ url }).connect(fakeContext(), AbortSignal.timeout(10_000))
  const there = fakeTarget('queue', await quorumQueue(driver.native.sending))
  const results = await Promise.all([
    driver.send(fakeTarget('topic', 'nowhere'), [fakeOutgoing('1'), fakeOutgoing('2')]),
    driver.send(there, [fakeOutgoing('3')]),
  ])
  console.log('a missing exchange, beside a queue that is there:', JSON.stringify(results))
  console.log('afterwards:', JSON.stringify(await driver.send(fakeTarget('topic', 'nowhere'), [fakeOutgoing('4')])))
  await driver.close()
}

/** The alarm: what do a send, an ensure, a consumer and the close of the connection do meanwhile? */
async function outOfMemory(broker: TestBroker): Promise<void> {
  const states: string[] = []
  const driver = await rabbitmq({ url: broker.url }).connect(fakeContext(states), AbortSignal.timeout(10_000))
  const model = await connected(broker.url)
  const address = await quorumQueue(model)
  const queue = fakeTarget('queue', address)
  await driver.send(queue, [fakeOutgoing('1')])
  await control(broker, 'set_vm_memory_high_watermark', 'absolute', '1')
  await wait(3000)
  const sending = timed('a send', driver.send(queue, [fakeOutgoing('2')]))
  const declaring = timed('an ensure, on the connection that consumes', driver.ensure(queue, 'create'))
  const rpc = timed('a round trip on the connection that sends', driver.native.sending.createChannel())
  const consuming = timed(
    'a delivery and its ack',
    taker(model, address, 1).then((held) => held.until(1)),
  )
  await wait(3000)
  console.log(`3 s into the alarm, states: ${JSON.stringify(states)}`)
  await control(broker, 'set_vm_memory_high_watermark', '0.6')
  await Promise.all([sending, declaring, rpc, consuming])
  console.log(`after it, states: ${JSON.stringify(states)}`)
  await control(broker, 'set_vm_memory_high_watermark', 'absolute', '1')
  await wait(3000)
  void driver.send(queue, [fakeOutgoing('3')])
  await wait(300)
  await timed('the close of a connection that is blocked', driver.close())
  await control(broker, 'set_vm_memory_high_watermark', '0.6')
  await closed(model)
}

async function timed(what: string, promise: Promise<unknown>): Promise<void> {
  const start = performance.now()
  const ended = await Promise.race([promise.then(() => 'done', String), wait(15_000, 'still open')])
  console.log(`  ${what}: ${ended} after ${(performance.now() - start).toFixed(0)} ms`)
}

/** rabbitmqctl as the broker's own environment and root have it. */
async function control({ controls }: TestBroker, ...words: string[]): Promise<void> {
  await controls!.pause()
  const { pid } = await controls!.resume()
  const lines = (await readFile(`/proc/${pid}/environ`, 'utf8')).split('\0').filter(Boolean)
  const env = Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  )
  await run('chroot', [`/proc/${pid}/root`, '/usr/lib/rabbitmq/bin/rabbitmqctl', ...words], { env, timeout: 30_000 })
}
