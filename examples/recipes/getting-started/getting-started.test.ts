import { describe, expect, test } from 'vitest'
import { runProgram } from '../run-program.ts'

/** Brokers on which the same files run. RabbitMQ is one that is named by whoever runs the tests. */
const BROKERS = [
  ['memory', 'memory:'],
  ['rabbitmq', process.env['ANYMQ_TEST_RABBITMQ_URL']],
] as const

describe.each(BROKERS.filter((entry): entry is typeof entry & [string, string] => entry[1] !== undefined))(
  '%s',
  (_name, url) => {
    test.for([
      ['first.ts', ['charged o-1 on attempt 1']],
      ['failing.ts', ['charged o-1 on attempt 3']],
      ['repair.ts', ['dead: rejected, nothing to charge', 'charged o-2: 5, redriven 1', 'redriven: 1, kept: 0']],
    ] as const)('%s prints what the page says, and ends by itself', { timeout: 40_000 }, async ([program, lines]) => {
      expect(await runProgram(`getting-started/${program}`, { ANYMQ_URL: url })).toEqual(lines)
    })
  },
)
