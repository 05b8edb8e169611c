import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../bootstrap/root.mjs'

/** The lines of a source file, with comments blanked: examples in them use what they like. */
export function codeLines(file: string): readonly string[] {
  const source = readFileSync(join(root, file), 'utf8')
  const blank = (comment: string) => comment.replace(/[^\n]/g, '')
  return source
    .replace(/^[ \t]*\/\*[\s\S]*?\*\//gm, blank)
    .replace(/^[ \t]*\/\/.*$/gm, blank)
    .split('\n')
}
