import { setTimeout as wait } from 'node:timers/promises'
import { connect } from '@anymq/connect'
import { handle, queue, type } from '@anymq/core'

const jobs = queue('jobs', { schema: type<{ id: string; ms: number }>(), concurrency: 1 })

const work = handle(jobs, async ({ body, signal }) => {
  console.log(`start ${body.id}`)
  await wait(body.ms, undefined, { signal }) // give the signal to whatever you wait for
  console.log(`end ${body.id}`)
})

const broker = await connect(process.env['ANYMQ_URL'] ?? 'memory:', { definitions: [jobs] })
// Stands for your producers, who are other processes.
for (const id of ['a', 'b']) await broker.send(jobs, { id, ms: Number(process.env['MS'] ?? 1000) })

await broker.run([work], { timeout: Number(process.env['GRACE'] ?? 20_000) }) // until SIGTERM or SIGINT
console.log(`left: ${(await broker.stats(jobs)).ready}`)
await broker.close()
