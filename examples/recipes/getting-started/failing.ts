import { connect } from '@anymq/connect'
import { orders } from './orders.ts'

const broker = await connect(process.env['ANYMQ_URL'] ?? 'memory:', { definitions: [orders] })

const charged = Promise.withResolvers<void>()
broker.consumer(orders).subscribe(({ body, attempt }) => {
  if (attempt < 3) throw new Error('the payment provider is down')
  console.log(`charged ${body.id} on attempt ${attempt}`)
  charged.resolve()
})

await broker.producer(orders).send({ id: 'o-1', total: 12 })
await charged.promise
await broker.close()
