import { setTimeout as wait } from 'node:timers/promises'
import { connect } from '@anymq/connect'
import { DeadLetter, exponential, queue } from '@anymq/core'
import { z } from 'zod'

const orders = queue('orders', {
  schema: z.object({ id: z.string(), total: z.number() }),
  retry: { attempts: 5, backoff: exponential('50ms', '1s') },
})
const broker = await connect(process.env['ANYMQ_URL'] ?? 'memory:', { definitions: [orders] })

broker.consumer(orders).subscribe(async ({ body, attempt }) => {
  if (body.total <= 0) throw new DeadLetter('nothing to charge') // never again
  if (attempt === 1) throw new Error('the payment provider is down') // again, after a backoff
  console.log(`charged ${body.id} on attempt ${attempt}`) // return: done
})
await broker.producer(orders).send({ id: 'o-1', total: 12 })
await broker.producer(orders).send({ id: 'o-2', total: 0 })
await wait(1000)

const dead = broker.deadLetters(orders)
for (const { reason, error } of await dead.peek()) console.log(`dead: ${reason}, ${error}`)
await dead.redrive({ map: (order) => (order.valid ? { ...order.body, total: 5 } : undefined) })
await wait(1000)
await broker.close()
