import {
  BrokerUnavailable,
  startBroker,
  type BrokerName,
  type TestBroker,
  type Wanted,
} from '../../tools/brokers/index.ts'
import type { Tally } from '../steps/run-steps.ts'
import { runVitest } from './run-vitest.ts'

/** The tests that need a broker. */
const TESTS: Readonly<Record<BrokerName, string>> = {
  rabbitmq: 'packages/adapter-rabbitmq/real',
  kafka: 'packages/adapter-kafka/real',
  sqs: 'packages/adapter-sqs/real',
}
/** One program on every broker that is there, and what the first page of the documents promises. */
const EVERY_BROKER = ['packages/connect/real', 'examples/recipes/getting-started']
/** The oldest release of each broker that must work. */
export const OTHERS: readonly Wanted[] = ['rabbitmq@3.10', 'kafka@3.9']
/** Of the servers for SQS only ElasticMQ does all that is asked of it: see tools/brokers/README.md. */
export const NEWEST: readonly Wanted[] = [
  'rabbitmq',
  'kafka',
  process.env['ANYMQ_TEST_SQS_URL'] === undefined ? 'sqs@elasticmq' : 'sqs',
]

export interface BrokerTests extends Tally {
  /** For each broker that this machine cannot have: what was not proven, why, and what to do. */
  readonly missing: readonly string[]
}

/** The tests against real brokers, with those that can be had: started together, and shared by all tests that break nothing. */
export async function brokerTests(wanted: readonly Wanted[], install: boolean): Promise<BrokerTests> {
  const started = await Promise.all(wanted.map((name) => start(name, install)))
  const brokers = started.filter((one) => typeof one !== 'string')
  const missing = started.filter((one) => typeof one === 'string')
  try {
    for (const { product, version, source } of brokers) console.log(`${product} ${version} (${source})`)
    return { ...(await run(brokers)), missing }
  } finally {
    await Promise.all(brokers.map((broker) => broker.stop()))
  }
}

/** The brokers' own tests: what `startBroker` promises. */
export function toolTests(): Promise<Tally> {
  return runVitest(['--config', 'vitest.real.config.ts', 'tools/brokers/real'])
}

function run(brokers: readonly TestBroker[]): Promise<Tally> {
  if (brokers.length === 0) return Promise.resolve({ passed: 0, failed: 0 })
  const addresses = brokers.map(({ name, url }) => [`ANYMQ_TEST_${name.toUpperCase()}_URL`, url] as const)
  const folders = [...EVERY_BROKER, ...brokers.map(({ name }) => TESTS[name])]
  return runVitest(['--config', 'vitest.real.config.ts', ...folders], Object.fromEntries(addresses))
}

/** What cannot be had is told in a sentence; what breaks while it starts is an error. */
async function start(wanted: Wanted, install: boolean): Promise<TestBroker | string> {
  try {
    return await startBroker(wanted, { install, onProgress: (line) => console.log(`${wanted}: ${line}`) })
  } catch (error) {
    const [name = ''] = wanted.split('@')
    if (error instanceof BrokerUnavailable)
      return `${wanted.padEnd(14)}${TESTS[name as BrokerName].padEnd(32)}${error.message}`
    throw error
  }
}
