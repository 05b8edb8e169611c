import { fromUrl as kafka } from '@anymq/adapter-kafka'
import { fromUrl as rabbitmq } from '@anymq/adapter-rabbitmq'
import { fromUrl as sqs } from '@anymq/adapter-sqs'
import type { Adapter } from '@anymq/core/driver'
import { startBroker, type BrokerName } from '@anymq/test-brokers'
import { interleaved, type Samples } from '../../measure/rounds.ts'
import { median } from '../../measure/statistics.ts'
import { bareKafka } from './bare/kafka.ts'
import { bareRabbitmq } from './bare/rabbitmq.ts'
import { bareSqs } from './bare/sqs.ts'
import type { Way } from './load.ts'
import { throughCore } from './through-core.ts'
import { throughDriver } from './through-driver.ts'

// What does the driver interface cost? Client CPU per message through the bare client, the driver alone, and all of AnyMQ:
//   node --conditions=source --expose-gc bench/spikes/cost/cost.ts [rabbitmq] [kafka] [sqs]

interface Case {
  readonly adapter: (url: URL) => Adapter
  readonly bare: (url: string) => Way
  readonly messages: number
}

const CASES: Readonly<Record<BrokerName, Case>> = {
  rabbitmq: { adapter: rabbitmq, bare: bareRabbitmq, messages: 20_000 },
  kafka: { adapter: kafka, bare: bareKafka, messages: 20_000 },
  sqs: { adapter: sqs, bare: bareSqs, messages: 2000 },
}
const ROUNDS = 5

const asked = process.argv.slice(2)
for (const name of Object.keys(CASES) as BrokerName[])
  if (asked.length === 0 || asked.includes(name)) await measure(name, CASES[name])

async function measure(name: BrokerName, { adapter, bare, messages }: Case): Promise<void> {
  await using broker = await startBroker(name, { own: true })
  const url = new URL(broker.url)
  // A poll that waits at the end of a run is no part of the work.
  if (name === 'sqs') url.searchParams.set('wait', '1')
  const ways = [bare(broker.url), throughDriver(adapter(url)), throughCore(adapter(url))]
  console.log(`${broker.product} ${broker.version}, ${messages} messages of 256 bytes, ${ROUNDS} rounds in turn`)
  print(
    'send',
    await interleaved(
      ways.map((way) => way.send(messages)),
      ROUNDS,
    ),
    messages,
  )
  print(
    'consume',
    await interleaved(
      ways.map((way) => way.consume(messages)),
      ROUNDS,
    ),
    messages,
  )
}

/** Medians; the ratio is to the first. */
function print(what: string, samples: Samples, messages: number): void {
  const rows = [...samples].map(([name, runs]) => ({
    name,
    cpu: median(runs.map(({ cpu }) => cpu / messages)),
    rate: median(runs.map(({ milliseconds }) => (messages / milliseconds) * 1000)),
  }))
  for (const { name, cpu, rate } of rows) {
    const ratio = (cpu / rows[0]!.cpu).toFixed(2)
    console.log(
      `  ${what.padEnd(8)} ${name.padEnd(13)} ${cpu.toFixed(1).padStart(7)} us of CPU each (${ratio}), ${Math.round(rate).toLocaleString('en')} msg/s`,
    )
  }
}
