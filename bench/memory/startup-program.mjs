// In a process of its own, from the built packages: what an application pays before its first message.
const start = performance.now()
const { connect } = await import('@anymq/connect')
const { queue } = await import('@anymq/core')
const broker = await connect('memory:', { definitions: [queue('orders')] })
process.stdout.write(String(performance.now() - start))
await broker.close()
