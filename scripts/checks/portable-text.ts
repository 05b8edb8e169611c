import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../bootstrap/root.mjs'

/** What holds on one machine, or is nobody else's business, has no place in a public file. */
const forbidden: readonly (readonly [RegExp, string])[] = [
  [/(?<![\w.~-])\/(?:root|work|home\/[\w.-]+|Users\/[\w.-]+)\//, 'a path of one machine'],
  [/(?<![\w.~-])\/tmp\/[\w.-]+/, 'a path of one machine'],
  [/\b[A-Z]:\\+Users\\/, 'a path of one machine'],
  [/:\/\/[\w.-]*(?:registry|artifact|nexus|verdaccio)[\w-]*\./i, 'the address of a package registry'],
  [/\btarball: ['"]?https?:/, 'the address of a package registry'],
  [/\b_authToken\s*=|\bnpm_[A-Za-z0-9]{36}\b|\bAKIA[0-9A-Z]{16}\b|-----BEGIN [A-Z ]*PRIVATE KEY/, 'a credential'],
]

/** @param files paths from the root */
export function checkPortableText(files: readonly string[]): readonly string[] {
  return files.flatMap((file) => {
    const lines = readFileSync(join(root, file), 'utf8').split('\n')
    return lines.flatMap((line, index) => problemsIn(line).map((what) => `${file}:${index + 1}: contains ${what}.`))
  })
}

function problemsIn(line: string): readonly string[] {
  return forbidden.filter(([pattern]) => pattern.test(line)).map(([, what]) => what)
}
