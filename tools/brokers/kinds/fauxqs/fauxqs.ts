import { fileURLToPath } from 'node:url'
import { join } from 'node:path'
import type { Release } from '../../broker/release.ts'
import { askSqs } from '../ask-sqs.ts'
import type { Found, Recipe } from '../recipe.ts'

/** fauxqs, which comes with this package from npm. It runs as a process of its own, so that it can be killed. */
export function fauxqsRecipe({ version }: Release): Recipe {
  const found: Found = {
    home: fileURLToPath(new URL('.', import.meta.resolve('fauxqs'))),
    version,
    source: 'installed',
  }
  return {
    find: () => found,
    obstacle: () => undefined,
    installs: `nothing: fauxqs ${version} comes with this package`,
    install: () => Promise.resolve(found),
    prepare: (_, run, { client }) => {
      const program = fileURLToPath(new URL('./serve.ts', import.meta.url))
      return Promise.resolve({
        file: process.execPath,
        args: [program, String(client), join(run.folder, 'data')],
        stopSignal: 'SIGTERM',
        ask: () => askSqs('127.0.0.1', client),
      })
    },
  }
}
