import type { RabbitmqNative } from '@anymq/adapter-rabbitmq'
import type { Harness } from '@anymq/conformance'
import type { Broker } from '@anymq/core'
import { startBroker } from '@anymq/test-brokers'
import type { ChannelModel } from 'amqplib'
import { readFileSync } from 'node:fs'
import { adapter } from './process.ts'

const server = await startBroker('rabbitmq')
const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  readonly version: string
}

/** RabbitMQ itself. A process is a process. */
export const harness: Harness = {
  name: 'rabbitmq',
  product: { name: server.product, version: server.version, kind: 'real' },
  adapter: { name: '@anymq/adapter-rabbitmq', version },
  open: () => ({
    adapter: () => adapter(server.url),
    process: {
      module: new URL('./process.ts', import.meta.url).href,
      config: server.url,
      execArgv: ['--conditions=source'],
    },
    disturb: { cut },
    close: async () => undefined,
  }),
  close: () => server.stop(),
}

/** As when the other side resets the connection: the client is told, and whatever was on its way is lost. */
async function cut(broker: Broker): Promise<string> {
  const { sending, consuming } = broker.native as RabbitmqNative
  for (const model of [sending, consuming]) streamOf(model).destroy(new Error('read ECONNRESET'))
  return 'two sockets were destroyed'
}

function streamOf(model: ChannelModel): { destroy(error: Error): void } {
  return (model.connection as unknown as { readonly stream: { destroy(error: Error): void } }).stream
}
