import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { MEMORY_HARNESS } from './memory.ts'

/** What was asked of a harness that was written into a file. */
export interface Asked {
  readonly opened: readonly string[]
  readonly closed: number
}

/** A folder with modules that the command can be given; each is loaded anew, for it has a name of its own. */
export class Folder {
  readonly path: string = mkdtempSync(join(tmpdir(), 'anymq-command-'))
  #files = 0

  /** Write a module down. Returns its path. */
  module(source: string): string {
    const file = join(this.path, `harness-${++this.#files}.mjs`)
    writeFileSync(file, source)
    return file
  }

  /** The memory harness, some of its fields replaced; the module notes what is asked of it. */
  harness(fields = ''): string {
    return this.module(`
      import { memoryHarness } from '${MEMORY_HARNESS}'
      export const asked = { opened: [], closed: 0 }
      const memory = memoryHarness()
      export const harness = {
        ...memory,
        open: (namespace) => {
          asked.opened.push(namespace)
          return memory.open(namespace)
        },
        close: async () => void asked.closed++,
        ${fields}
      }`)
  }

  /** What was asked of the harness in that file. */
  async asked(file: string): Promise<Asked> {
    const { asked } = (await import(pathToFileURL(file).href)) as { readonly asked: Asked }
    return asked
  }

  remove(): void {
    rmSync(this.path, { recursive: true })
  }
}
