/** One mutant: core and the in-memory adapter are loaded with a mistake in them, and the suite runs until a case names it. */
import { registerHooks } from 'node:module'
import { pathToFileURL } from 'node:url'
import { resolve } from 'node:path'
import { mutants } from './mutants.ts'

const [name, module = ''] = process.argv.slice(2)
const mutant = mutants.find((one) => one.name === name)!
let isMutated = false

registerHooks({
  load: (url, context, next) => {
    const loaded = next(url, context)
    if (!url.endsWith(`/packages/${mutant.file}`)) return loaded
    const parts = Buffer.from(loaded.source as Uint8Array)
      .toString()
      .split(mutant.text)
    if (parts.length !== 2) throw new Error(`${mutant.file} holds ${parts.length - 1} times: ${mutant.text}`)
    isMutated = true
    return { ...loaded, source: parts.join(mutant.instead) }
  },
})

const { catalogue } = await import('../../src/cases/catalogue.ts')
const { runCase } = await import('../../src/run/run-case.ts')
const { harness } = await import(pathToFileURL(resolve(module)).href)
process.on('unhandledRejection', () => undefined)
process.on('uncaughtException', () => undefined)

const killers: string[] = []
for (const one of catalogue) {
  const { outcome, trouble, id } = await runCase(one, harness, { seed: 1 })
  if (outcome === 'fail' && trouble !== 'late' && trouble !== 'harness') killers.push(id)
}
process.stdout.write(`${JSON.stringify({ isMutated, killers })}\n`)
process.exit(0)
