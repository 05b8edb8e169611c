// What does one awaited acknowledgement cost, alone and with others at the same time?
import { fakeTarget } from '@anymq/core/testing'
import kafkajs from 'kafkajs'
import { SPAN } from '../../../packages/adapter-kafka/src/finished-set.ts'
import { Collector, consumerOf, connectTo, fresh, lab, messages, OPEN, wait } from './lab.ts'
import { percentiles } from '../shared/percentiles.ts'

const COUNT = 6000

await lab('What one awaited acknowledgement costs', async (broker) => {
  await bareCommits(broker.url)
  for (const concurrency of [1, 10, 100]) await acknowledge(broker.url, concurrency, true)
  for (const concurrency of [1, 10, 100, 1000]) await acknowledge(broker.url, concurrency, false)
})

/** The floor: kafkajs commits one partition, one at a time, with no metadata and with the most that a span needs. */
async function bareCommits(url: string): Promise<void> {
  const topic = fresh('bare')
  const driver = await connectTo(url)
  await driver.ensure(fakeTarget('queue', topic), 'create')
  const kafka = new kafkajs.Kafka({ brokers: [new URL(url).host], logLevel: kafkajs.logLevel.NOTHING })
  const consumer = kafka.consumer({ groupId: topic, maxWaitTimeInMs: 100 })
  await consumer.subscribe({ topic, fromBeginning: true })
  await consumer.run({ autoCommit: false, eachBatch: async () => undefined })
  for (const length of [0, Math.ceil(SPAN / 8 / 3) * 4]) {
    const times: number[] = []
    for (let n = 0; n < 500; n++) {
      const start = performance.now()
      await consumer.commitOffsets([{ topic, partition: 0, offset: '0', metadata: 'x'.repeat(length) }])
      times.push(performance.now() - start)
    }
    console.log(`kafkajs alone, commit with ${length} characters of metadata: ${percentiles(times)}`)
  }
  await consumer.disconnect()
  await driver.close()
}

/** `concurrency` loops, each of which takes a message, acknowledges it and waits for the answer. */
async function acknowledge(url: string, concurrency: number, urgent: boolean): Promise<void> {
  const queue = fakeTarget('queue', fresh('cost'))
  const driver = await connectTo(url)
  await driver.ensure(queue, 'create')
  const count = concurrency === 1 ? (urgent ? 500 : 200) : COUNT
  for (let n = 0; n < count; n += 100) await driver.send(queue, messages(n, n + 100))
  const collector = new Collector(concurrency)
  const times: number[] = []
  const feed = await driver.open(queue, OPEN, collector)
  let commits = 0
  const consumer = consumerOf(feed)
  consumer.on(consumer.events.COMMIT_OFFSETS, () => commits++)
  const begin = performance.now()
  collector.onDeliver = (batch) => {
    for (const { receipt } of batch) {
      const start = performance.now()
      void feed.settle([{ receipt, action: 'ack' }], urgent).then(() => {
        times.push(performance.now() - start)
        collector.want(1)
      })
    }
  }
  collector.onDeliver(collector.got)
  const cpu = process.cpuUsage()
  while (times.length < count) await wait(1)
  const took = performance.now() - begin
  const { user, system } = process.cpuUsage(cpu)
  console.log(
    `${urgent ? 'awaited' : 'not awaited'}, ${concurrency} at once: ${percentiles(times)}; ${((count / took) * 1000).toFixed(0)} a second, ${commits} commits, ${((user + system) / count).toFixed(0)} us of CPU each`,
  )
  await driver.close()
}
