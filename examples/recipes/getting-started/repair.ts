import { setTimeout as wait } from 'node:timers/promises'
import { connect } from '@anymq/connect'
import { DeadLetter } from '@anymq/core'
import { orders } from './orders.ts'

const broker = await connect(process.env['ANYMQ_URL'] ?? 'memory:', { definitions: [orders] })

const charged = Promise.withResolvers<void>()
broker.consumer(orders).subscribe(({ body, redriven }) => {
  if (body.total <= 0) throw new DeadLetter('nothing to charge')
  console.log(`charged ${body.id}: ${body.total}, redriven ${redriven}`)
  charged.resolve()
})
await broker.producer(orders).send({ id: 'o-2', total: 0 })

// Look at what failed, for ten seconds at most.
const dead = broker.deadLetters(orders)
const signal = AbortSignal.timeout(10_000)
while ((await dead.count()) === 0) await wait(50, undefined, { signal })
for (const { reason, error } of await dead.peek()) console.log(`dead: ${reason}, ${error}`)

// Repair it and send it back.
const { moved, kept } = await dead.redrive({
  map: (message) => (message.valid ? { ...message.body, total: 5 } : undefined),
})
await charged.promise
console.log(`redriven: ${moved}, kept: ${kept}`)
await broker.close()
