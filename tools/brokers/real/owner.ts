import { startBroker } from '../index.ts'

/** Starts the newest three and then waits to be killed. */
const brokers = await Promise.all(
  (['rabbitmq', 'kafka', 'sqs'] as const).map((name) => startBroker(name, { own: true })),
)
const proxy = await brokers[0]!.proxy()
process.stdout.write(JSON.stringify({ ports: [...brokers.map(({ port }) => port), proxy.port] }))
setInterval(() => {}, 1000)
