import { parseArgs } from 'node:util'
import type { BrokerName } from '@anymq/test-brokers'

const BROKERS: readonly BrokerName[] = ['rabbitmq', 'kafka', 'sqs']

export interface Options {
  /** How many lines of the order file; undefined: all. */
  readonly orders: number | undefined
  /** How long simulated work takes is chance, from this seed. */
  readonly seed: number
  /** A broker to start for the demo; undefined: the environment says which. */
  readonly broker: BrokerName | undefined
  /** What the broker inside this process shall lack; undefined: the environment says which broker it is. */
  readonly mask: string | undefined
  readonly help: boolean
}

export const HELP = `An online store on AnyMQ that checks itself.

  --orders N   take the first N lines of the order file (default: all of them)
  --seed N     another seed for the simulated work (default: 1)
  --broker B   start a broker for the demo and restart it in the middle: rabbitmq, kafka or sqs
  --mask M     the broker inside this process without these abilities, so that the library makes up for them: all, or names
               with commas between, such as ordering,delay
  --help       this text

Without --broker or --mask the environment variable ANYMQ_URL alone chooses the broker. Without either everything runs in this process.
`

/** The demo was called wrongly; the message says how. */
export class BadOption extends Error {}

/** @throws BadOption */
export function readOptions(args: readonly string[]): Options {
  const values = parse(args)
  if (values.broker !== undefined && values.mask !== undefined)
    throw new BadOption('--broker and --mask name two brokers; give one of them')
  return {
    orders: values.orders === undefined ? undefined : wholeNumber('--orders', values.orders, 1),
    seed: values.seed === undefined ? 1 : wholeNumber('--seed', values.seed, 0),
    broker: values.broker === undefined ? undefined : brokerName(values.broker),
    mask: values.mask === undefined ? undefined : maskIn(values.mask),
    help: values.help ?? false,
  }
}

interface Values {
  readonly orders?: string
  readonly seed?: string
  readonly broker?: string
  readonly mask?: string
  readonly help?: boolean
}

function parse(args: readonly string[]): Values {
  try {
    return parseArgs({
      args: [...args],
      options: {
        orders: { type: 'string' },
        seed: { type: 'string' },
        broker: { type: 'string' },
        mask: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    }).values
  } catch (error) {
    throw new BadOption((error as Error).message, { cause: error })
  }
}

function brokerName(text: string): BrokerName {
  const known = BROKERS.find((name) => name === text)
  if (known === undefined) throw new BadOption(`--broker is "${text}"; give one of ${BROKERS.join(', ')}`)
  return known
}

/** Which names there are is the broker's to say. */
function maskIn(text: string): string {
  if (/^[a-z]+(,[a-z]+)*$/i.test(text)) return text
  throw new BadOption(`--mask is "${text}"; give all, or names with commas between`)
}

function wholeNumber(name: string, text: string, least: number): number {
  const number = Number(text)
  if (/^\d+$/.test(text) && Number.isSafeInteger(number) && number >= least) return number
  throw new BadOption(`${name} is "${text}"; give a whole number from ${least}`)
}
