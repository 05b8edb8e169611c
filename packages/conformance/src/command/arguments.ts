import { parseArgs } from 'node:util'
import type { Area, Profile } from '../case.ts'
import type { Selection } from '../plan/plan.ts'

export const USAGE: string = `anymq-conformance --harness FILE [options]

  --harness FILE    a module that exports \`harness\`
  --plan            print what would run, and run nothing; needs no harness
  --case ID         this case; may be given again
  --area NAME       ${areas().join(', ')}; may be given again
  --profile NAME    smoke, full, fault, soak; may be given again; default smoke and full
  --repeat N        run everything N times; default 1
  --parallel N      so many cases at once; default 1
  --seed N          of everything that is left to chance; default: drawn anew for each case
  --report FILE     write the verdicts as JSON
`

export interface Arguments {
  readonly harness: string | undefined
  readonly plan: boolean
  readonly selection: Selection
  readonly repeat: number
  readonly parallel: number
  readonly seed: number | undefined
  readonly report: string | undefined
}

/** What the command cannot do as it was told. */
export class UsageError extends Error {
  static of(error: unknown): UsageError {
    return new UsageError(error instanceof Error ? error.message : String(error))
  }
}

/** @throws UsageError */
export function readArguments(given: readonly string[]): Arguments {
  const values = parsed(given)
  if (values.harness === undefined && !values.plan)
    throw new UsageError('--harness is missing: name a module that exports `harness`')
  return {
    harness: values.harness,
    plan: values.plan,
    selection: {
      ...(values.case.length > 0 && { cases: values.case }),
      ...(values.area.length > 0 && { areas: values.area.map((name) => oneOf('--area', name, areas())) }),
      ...(values.profile.length > 0 && {
        profiles: values.profile.map((name) => oneOf('--profile', name, profiles())),
      }),
    },
    repeat: count('--repeat', values.repeat),
    parallel: count('--parallel', values.parallel),
    seed: values.seed === undefined ? undefined : count('--seed', values.seed),
    report: values.report,
  }
}

function parsed(given: readonly string[]) {
  try {
    return parseArgs({
      args: [...given],
      options: {
        harness: { type: 'string' },
        plan: { type: 'boolean', default: false },
        case: { type: 'string', multiple: true, default: [] },
        area: { type: 'string', multiple: true, default: [] },
        profile: { type: 'string', multiple: true, default: [] },
        repeat: { type: 'string', default: '1' },
        parallel: { type: 'string', default: '1' },
        seed: { type: 'string' },
        report: { type: 'string' },
      },
    }).values
  } catch (error) {
    throw UsageError.of(error)
  }
}

function areas(): readonly Area[] {
  return ['send', 'settle', 'order', 'dead', 'retry', 'close']
}

function profiles(): readonly Profile[] {
  return ['smoke', 'full', 'fault', 'soak']
}

function oneOf<Name extends string>(option: string, given: string, names: readonly Name[]): Name {
  const found = names.find((name) => name === given)
  if (found === undefined) throw new UsageError(`${option} is "${given}"; there are: ${names.join(', ')}`)
  return found
}

function count(option: string, given: string): number {
  if (!/^[1-9]\d{0,8}$/.test(given)) throw new UsageError(`${option} is "${given}"; give a whole number from 1`)
  return Number(given)
}
