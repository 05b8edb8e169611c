import { describe, expect, test } from 'vitest'
import { readArguments, USAGE, UsageError, type Arguments } from './arguments.ts'

const HARNESS = ['--harness', 'harness.ts']

function read(...given: readonly string[]): Arguments {
  return readArguments([...HARNESS, ...given])
}

/** What it says about them. */
function refusal(given: readonly string[]): string {
  try {
    readArguments(given)
  } catch (error) {
    if (error instanceof UsageError) return error.message
    throw error
  }
  return 'nothing'
}

describe('what is read', () => {
  test('a harness, and the rest as the usage says', () => {
    expect(read()).toEqual({
      harness: 'harness.ts',
      plan: false,
      selection: {},
      repeat: 1,
      parallel: 1,
      seed: undefined,
      report: undefined,
    })
  })

  test('a plan needs no harness', () => {
    expect(readArguments(['--plan'])).toMatchObject({ plan: true, harness: undefined })
    expect(read('--plan')).toMatchObject({ plan: true, harness: 'harness.ts' })
  })

  test('what may be given again', () => {
    const { selection } = read(
      ...['--case', 'send-01', '--case', 'order-05', '--area', 'dead', '--area', 'send'],
      ...['--profile', 'smoke', '--profile', 'soak'],
    )
    expect(selection).toEqual({ cases: ['send-01', 'order-05'], areas: ['dead', 'send'], profiles: ['smoke', 'soak'] })
  })

  test('numbers and a file', () => {
    const given = read('--repeat', '100', '--parallel', '8', '--seed', '999999999', '--report', 'out/report.json')
    expect(given).toMatchObject({ repeat: 100, parallel: 8, seed: 999_999_999, report: 'out/report.json' })
  })
})

describe('what is refused', () => {
  test('no harness', () => {
    expect(refusal([])).toBe('--harness is missing: name a module that exports `harness`')
    expect(refusal(['--case', 'send-01'])).toContain('--harness is missing')
  })

  test.for<[string, readonly string[], string]>([
    ['an unknown option', ['--hraness', 'x'], "'--hraness'"],
    ['a word that belongs to no option', ['order-05'], "'order-05'"],
    ['an option without its value', ['--repeat'], "'--repeat <value>'"],
    ['a value for what has none', ['--plan=yes'], "'--plan'"],
    [
      'an unknown area',
      ['--area', 'sending'],
      '--area is "sending"; there are: send, settle, order, dead, retry, close',
    ],
    ['an area in capitals', ['--area', 'Send'], '--area is "Send"'],
    ['an unknown profile', ['--profile', 'fast'], '--profile is "fast"; there are: smoke, full, fault, soak'],
    ['one bad one of two', ['--area', 'send', '--area', 'x'], '--area is "x"'],
  ])('%s', ([, given, message]) => {
    expect(refusal([...HARNESS, ...given])).toContain(message)
  })

  test.for(['--repeat', '--parallel', '--seed'])('%s that is no whole number from 1', (option) => {
    for (const given of ['0', '-1', '1.5', '1e3', '', ' 1', '01', 'many', '1000000000'])
      expect(refusal([...HARNESS, `${option}=${given}`])).toBe(`${option} is "${given}"; give a whole number from 1`)
  })

  test('each option is in the usage', () => {
    for (const option of ['harness', 'plan', 'case', 'area', 'profile', 'repeat', 'parallel', 'seed', 'report'])
      expect(USAGE).toContain(`  --${option} `)
  })
})
