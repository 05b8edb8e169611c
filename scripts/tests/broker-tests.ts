import { BrokerUnavailable, startBroker, type BrokerName, type TestBroker } from '../../tools/brokers/index.ts'
import type { Tally } from '../steps/run-steps.ts'
import { runVitest } from './run-vitest.ts'

/** Each broker and the tests that need it. */
const TESTS: Readonly<Record<BrokerName, string>> = {
  rabbitmq: 'packages/adapter-rabbitmq/real',
  kafka: 'packages/adapter-kafka/real',
  sqs: 'packages/adapter-sqs/real',
}

/** One program on every broker that is there. */
const EVERY_BROKER = 'packages/connect/real'

export interface BrokerTests extends Tally {
  /** For each broker that this machine cannot have: what was not proven, why, and what to do. */
  readonly missing: readonly string[]
}

/** The tests against real brokers, with those that can be had. They are started together and shared by all tests that break nothing. */
export async function brokerTests(install: boolean): Promise<BrokerTests> {
  const names = Object.keys(TESTS) as BrokerName[]
  const started = await Promise.all(names.map((name) => start(name, install)))
  const brokers = started.filter((one) => typeof one !== 'string')
  const missing = started.filter((one) => typeof one === 'string')
  try {
    for (const { product, version, source } of brokers) console.log(`${product} ${version} (${source})`)
    return { ...(await run(brokers)), missing }
  } finally {
    await Promise.all(brokers.map((broker) => broker.stop()))
  }
}

function run(brokers: readonly TestBroker[]): Promise<Tally> {
  if (brokers.length === 0) return Promise.resolve({ passed: 0, failed: 0 })
  const addresses = brokers.map(({ name, url }) => [`ANYMQ_TEST_${name.toUpperCase()}_URL`, url] as const)
  const folders = [EVERY_BROKER, ...brokers.map(({ name }) => TESTS[name])]
  return runVitest(['--config', 'vitest.real.config.ts', ...folders], Object.fromEntries(addresses))
}

/** What cannot be had is told in a sentence; what breaks while it starts is an error. */
async function start(name: BrokerName, install: boolean): Promise<TestBroker | string> {
  try {
    return await startBroker(name, { install, onProgress: (line) => console.log(`${name}: ${line}`) })
  } catch (error) {
    if (error instanceof BrokerUnavailable) return `${name.padEnd(10)}${TESTS[name].padEnd(34)}${error.message}`
    throw error
  }
}
