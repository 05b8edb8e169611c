const { connect } = require('@anymq/connect')
const { queue } = require('@anymq/core')
const { z } = require('zod')

const orders = queue('orders', { schema: z.object({ id: z.string() }) })

async function main() {
  const broker = await connect(process.env['ANYMQ_URL'] ?? 'memory:', { definitions: [orders] })
  const handled = Promise.withResolvers()
  broker.consumer(orders).subscribe((message) => {
    console.log(`handled ${message.body.id}`)
    handled.resolve(undefined)
  })
  await broker.producer(orders).send({ id: 'o-1' })
  await handled.promise
  await broker.close()
}

void main()
