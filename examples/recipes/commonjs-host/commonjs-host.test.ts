import { expect, test } from 'vitest'
import { runProgram } from '../run-program.ts'

test('a CommonJS program requires the packages, works, and ends by itself', { timeout: 40_000 }, async () => {
  expect(await runProgram('commonjs-host/program.cjs', { ANYMQ_URL: 'memory:' })).toEqual(['handled o-1'])
})
