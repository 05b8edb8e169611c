// A process that takes messages, acknowledges all of them, and waits for its end: URL, queue, how many, what it does afterwards.
import { setImmediate as turn, setTimeout as wait } from 'node:timers/promises'
import { connect } from 'amqplib'

const [url, queue, count, after] = process.argv.slice(2) as [string, string, string, string]
const model = await connect(url, { noDelay: true })
const channel = await model.createChannel()
await channel.prefetch(Number(count), false)
const { promise: all, resolve } = Promise.withResolvers<void>()
let got = 0
await channel.consume(queue, () => {
  if (++got === Number(count)) resolve()
})
await all
channel.ackAll()
if (after === 'one turn') await turn()
if (after === '5 ms') await wait(5)
process.kill(process.pid, 'SIGKILL')
