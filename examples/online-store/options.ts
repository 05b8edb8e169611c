import { parseArgs } from 'node:util'

export interface Options {
  /** How many lines of the order file; undefined: all. */
  readonly orders: number | undefined
  /** How long simulated work takes is chance, from this seed. */
  readonly seed: number
  readonly help: boolean
}

export const HELP = `An online store on AnyMQ that checks itself.

  --orders N   take the first N lines of the order file (default: all of them)
  --seed N     another seed for the simulated work (default: 1)
  --help       this text

The broker is chosen by the environment variable ANYMQ_URL alone. Without it everything runs in this process.
`

/** The demo was called wrongly; the message says how. */
export class BadOption extends Error {}

/** @throws BadOption */
export function readOptions(args: readonly string[]): Options {
  const values = parse(args)
  return {
    orders: values.orders === undefined ? undefined : wholeNumber('--orders', values.orders, 1),
    seed: values.seed === undefined ? 1 : wholeNumber('--seed', values.seed, 0),
    help: values.help ?? false,
  }
}

function parse(args: readonly string[]): { readonly orders?: string; readonly seed?: string; readonly help?: boolean } {
  try {
    return parseArgs({
      args: [...args],
      options: { orders: { type: 'string' }, seed: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
    }).values
  } catch (error) {
    throw new BadOption((error as Error).message, { cause: error })
  }
}

function wholeNumber(name: string, text: string, least: number): number {
  const number = Number(text)
  if (/^\d+$/.test(text) && Number.isSafeInteger(number) && number >= least) return number
  throw new BadOption(`${name} is "${text}"; give a whole number from ${least}`)
}
