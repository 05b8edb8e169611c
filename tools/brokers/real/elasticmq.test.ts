import { describe, expect, it } from 'vitest'
import { startBroker } from '../index.ts'
import { until } from '../process/until.ts'
import { askSqs } from './clients.ts'

interface Received {
  readonly Messages?: readonly { readonly Body: string; readonly ReceiptHandle: string }[]
}

describe('ElasticMQ after kill -9', () => {
  it('remembers how long a received message is hidden, and its receipt', async () => {
    await using broker = await startBroker('sqs@elasticmq')
    const { port } = broker
    const { QueueUrl } = await askSqs<{ QueueUrl: string }>(port, 'CreateQueue', { QueueName: 'jobs' })
    for (const MessageBody of ['a', 'b']) await askSqs(port, 'SendMessage', { QueueUrl, MessageBody })
    const receive = () =>
      askSqs<Received>(port, 'ReceiveMessage', { QueueUrl, MaxNumberOfMessages: 10, VisibilityTimeout: 6 })
    const [first, second] = (await receive()).Messages ?? []
    const hiddenAt = performance.now()
    await broker.controls!.kill()
    await broker.controls!.start()
    await askSqs(port, 'DeleteMessage', { QueueUrl, ReceiptHandle: second!.ReceiptHandle })
    const early = await receive()
    expect(performance.now() - hiddenAt).toBeLessThan(6000)
    expect(early.Messages ?? []).toEqual([])
    let again: Received = {}
    const came = async () => ((again = await receive()).Messages ?? []).length > 0
    await until(came, { within: 10_000, every: 100, what: 'the message is visible again' })
    console.log(`visible again ${Math.round(performance.now() - hiddenAt)} ms after it was hidden for 6000`)
    expect(again.Messages).toMatchObject([{ Body: first!.Body }])
  })
})
