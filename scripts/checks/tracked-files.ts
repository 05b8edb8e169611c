import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../bootstrap/root.mjs'

/** Every file of the repository, committed or about to be: paths from the root, with `/`. */
export function trackedFiles(): readonly string[] {
  const args = ['ls-files', '-z', '--cached', '--others', '--exclude-standard']
  const listed = execFileSync('git', args, { cwd: root, encoding: 'utf8', maxBuffer: 2 ** 26 })
  const names = new Set(listed.split('\0').filter(Boolean))
  // A file deleted but not yet committed is still listed.
  return [...names].filter((name) => existsSync(join(root, name)))
}
