import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Folder } from '../../test/written-harness.ts'
import { catalogue } from '../cases/catalogue.ts'
import { USAGE } from './arguments.ts'
import { command } from './command.ts'

let folder: Folder
beforeAll(() => {
  folder = new Folder()
})
afterAll(() => folder.remove())

interface Ended {
  readonly code: number
  readonly lines: readonly string[]
  readonly text: string
}

async function run(...given: readonly string[]): Promise<Ended> {
  const lines: string[] = []
  const code = await command(given, (line) => lines.push(line))
  return { code, lines, text: lines.join('\n') }
}

function idsIn({ lines }: Ended): readonly string[] {
  return lines.flatMap((line) => /^\S+ +([a-z]+-\d\d) /.exec(line)?.[1] ?? [])
}

/** Nobody can connect. It is found out at once. */
const UNREACHABLE = `open: async () => { throw new Error('the container did not start') },`

describe('the exit code', () => {
  test('0: every case passed; what ran is said first, the counts last', async () => {
    const ended = await run('--harness', folder.harness(), '--case', 'send-01', '--case', 'dead-01')
    expect(ended.code).toBe(0)
    expect(ended.lines[0]).toMatch(/^memory: @anymq\/adapter-memory \S+ on memory 1, Node \d+\.\d+\.\d+$/)
    expect(ended.lines[1]).toMatch(/^ok {7}send-01 {3} +\d+ ms {2}native {6}when /)
    expect(idsIn(ended)).toEqual(['send-01', 'dead-01'])
    expect(ended.lines.at(-1)).toBe('2 passed, 0 failed')
  })

  test('0: what did not pass is known or unproven', async () => {
    const file = folder.harness(`
      known: { 'send-01': 'it forgets' }, unproven: { 'send-02': 'nobody can see it' },
      open: async (namespace) => ({
        ...(await memory.open(namespace)),
        disguise: (broker) => new Proxy(broker, { get: () => { throw new Error('broken') } }),
      }),`)
    const ended = await run('--harness', file, '--case', 'send-01', '--case', 'send-02')
    expect(ended.text).toMatch(/^known +send-01 .*\n +it forgets$/m)
    expect(ended.text).toMatch(/^unproven +send-02 .*\n +nobody can see it$/m)
    expect(ended.lines.at(-1)).toBe('1 known, 1 unproven\n0 passed, 0 failed')
    expect(ended.code).toBe(0)
  })

  test('1: a case failed, and its line says why', async () => {
    const ended = await run('--harness', folder.harness(UNREACHABLE), '--case', 'send-01')
    expect(ended.code).toBe(1)
    expect(ended.text).toMatch(/^FAIL +send-01 .*\n +Error: the container did not start$/m)
    expect(ended.lines.at(-1)).toBe('0 passed, 1 failed')
  })

  test('1: what is known passes', async () => {
    const ended = await run('--harness', folder.harness(`known: { 'send-01': 'it forgets' },`), '--case', 'send-01')
    expect(ended.code).toBe(1)
    expect(ended.text).toContain('take it off the list')
  })

  test.for<[string, readonly string[], string]>([
    ['no harness', [], '--harness is missing'],
    ['an unknown option', ['--plan', '--hraness'], "'--hraness'"],
    ['an unknown case', ['--plan', '--case', 'send-99'], 'there is no case send-99; there are send-01 to send-22'],
    ['nothing is left to do', ['--plan', '--area', 'send', '--profile', 'soak'], 'the selection leaves no case'],
  ])('2: %s; the usage is told', async ([, given, message]) => {
    const { code, text } = await run(...given)
    expect(code).toBe(2)
    expect(text).toContain(message)
    expect(text.endsWith(USAGE)).toBe(true)
  })
})

describe('a plan', () => {
  test('needs no harness: each case, with what it asks for and what it proves', async () => {
    const { code, lines, text } = await run('--plan')
    expect(code).toBe(0)
    expect(lines).toHaveLength(catalogue.length + 1)
    expect(lines.at(-1)).toBe(`${catalogue.length} cases`)
    for (const { id, title, clauses } of catalogue) {
      const line = lines.find((one) => one.startsWith(`${id} `))
      expect(line).toContain(title)
      expect(line?.endsWith(clauses.join(', '))).toBe(true)
    }
    expect(text).toMatch(/^ +needs ordering; does harm: \w+$/m)
  })

  test('is of what was chosen', async () => {
    const { lines } = await run('--plan', '--area', 'order', '--profile', 'smoke')
    expect(lines.map((line) => line.slice(0, 8).trim())).toEqual(['order-01', 'order-02', 'order-05', '3 cases'])
  })

  test('opens nothing, says what the harness leaves unproven, and ends the harness', async () => {
    const file = folder.harness(`unproven: { 'dead-01': 'nobody can see it' },`)
    const { code, text } = await run('--harness', file, '--plan', '--area', 'dead')
    expect(code).toBe(0)
    expect(text).toMatch(/^dead-01 .*\n.*unproven: nobody can see it$/m)
    expect(text.match(/unproven:/g)).toHaveLength(1)
    expect(await folder.asked(file)).toEqual({ opened: [], closed: 1 })
  })
})
