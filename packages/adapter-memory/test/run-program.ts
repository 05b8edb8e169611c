/** A worker process, for the tests of signals: handles one message, as slowly as its argument says. */
import process from 'node:process'
import { createBroker, handle, queue, silentLogger, type } from '@anymq/core'
import { memory } from '../src/index.ts'

const jobs = queue('jobs', { schema: type<number>(), concurrency: 1 })
const ms = Number(process.argv[2])

const broker = await createBroker(memory(), { definitions: [jobs], logger: silentLogger })
await broker.producer(jobs).sendBatch([{ body: 1 }, { body: 2 }])
await broker.run([
  handle(jobs, async ({ body }) => {
    console.log(`start ${body}`)
    await new Promise((resolve) => setTimeout(resolve, ms))
    console.log(`end ${body}`)
  }),
])
const { ready } = await broker.stats(jobs)
await broker.close()
console.log(`over, ${ready} left`)
