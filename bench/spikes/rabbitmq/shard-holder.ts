// A process that holds order shards: URL, its name, and what to hold as JSON. It tells its parent what comes.
import { connect } from 'amqplib'

/** One shard to hold. */
export interface Hold {
  readonly queue: string
  readonly priority: number
  readonly prefetch: number
  /** Acknowledge at once, or keep. */
  readonly ack: boolean
}

/** One delivery, or that all are registered. */
export type Told = 'registered' | { readonly holder: string; readonly queue: string; readonly id: string }

const [url, holder, holds] = process.argv.slice(2) as [string, string, string]
const model = await connect(url, { noDelay: true })
for (const one of JSON.parse(holds) as Hold[]) await hold(one)
tell('registered')

async function hold({ queue, priority, prefetch, ack }: Hold): Promise<void> {
  const channel = await model.createChannel()
  await channel.prefetch(prefetch, false)
  await channel.consume(
    queue,
    (message) => {
      if (message === null) return
      if (ack) channel.ack(message)
      tell({ holder, queue, id: String(message.properties.messageId) })
    },
    { priority },
  )
}

function tell(what: Told): void {
  process.send!(what)
}
