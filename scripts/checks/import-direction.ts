import { dirname, join, sep } from 'node:path'
import { codeLines } from './source-text.ts'

interface Rule {
  /** Files the rule is about, by their path from the root. The first rule that matches a file decides. */
  readonly files: RegExp
  /** Which packages of this workspace they may import. */
  readonly may: RegExp
  readonly says: string
}

const core = '@anymq/core(/driver)?'

/** core <- adapters <- connect. Tests may use what their users could. */
const rules: readonly Rule[] = [
  {
    files: /^packages\/[^/]+\/(test\/|real\/|conformance\/(?!src\/)|src\/.*\.(test|test-d)\.ts$)/,
    may: /^@anymq\/(core(\/driver|\/testing)?|adapter-[a-z]+|connect|conformance|test-brokers)$/,
    says: 'tests import entry points, never files of another package',
  },
  { files: /^packages\/core\//, may: /^$/, says: 'core imports nothing of ours' },
  {
    files: /^packages\/adapter-[^/]+\/src\/testing(\/|\.ts$)/,
    may: /^@anymq\/core(\/driver|\/testing)?$/,
    says: 'what an adapter has for tests may build on what core has for them',
  },
  {
    files: /^packages\/adapter-[^/]+\//,
    may: RegExp(`^${core}$`),
    says: 'adapters import @anymq/core and its driver interface only',
  },
  {
    files: /^packages\/conformance\//,
    may: /^@anymq\/core(\/driver|\/testing)?$/,
    says: 'the suite knows core only, so that every adapter can use it',
  },
  {
    files: /^packages\/connect\//,
    may: RegExp(`^(${core}|@anymq/adapter-[a-z]+)$`),
    says: 'connect imports core and adapters only',
  },
  {
    files: /^examples\//,
    may: /^@anymq\/(core|core\/testing|adapter-memory\/testing|connect|test-brokers)$/,
    says: 'examples import core, connect and what is for tests, as a user would, so that a URL picks the broker',
  },
  { files: /^tools\//, may: /^$/, says: 'tools know brokers, not AnyMQ' },
  {
    files: /^bench\//,
    may: /^@anymq\/(core(\/driver|\/testing)?|adapter-[a-z]+|connect|test-brokers)$/,
    says: 'benches import entry points only',
  },
]

/** @param files paths from the root, with `/` */
export function checkImportDirection(files: readonly string[]): readonly string[] {
  return files.filter((file) => /\.[cm]?[jt]s$/.test(file)).flatMap(checkFile)
}

function checkFile(file: string): readonly string[] {
  const rule = rules.find(({ files }) => files.test(file))
  if (!rule) return []
  return importsOf(file).flatMap((specifier) => {
    if (specifier.startsWith('.')) {
      return staysInside(file, specifier)
        ? []
        : [`${file}: ${specifier} leaves its package; import the package by its name.`]
    }
    const ours = specifier.startsWith('@anymq/')
    return ours && !rule.may.test(specifier) ? [`${file}: imports ${specifier}, but ${rule.says}.`] : []
  })
}

/** Static, dynamic and type imports, and re-exports. */
function importsOf(file: string): readonly string[] {
  const matches = codeLines(file)
    .join('\n')
    .matchAll(/\b(?:from|import|require)\s*\(?\s*(['"])([^'"\n]+)\1/g)
  return Array.from(matches, ([, , specifier = '']) => specifier)
}

/** Spikes measure what is inside. */
const mayLookInside = /^bench\/spikes\//

function staysInside(file: string, specifier: string): boolean {
  if (mayLookInside.test(file)) return true
  const home = file
    .split('/')
    .slice(0, file.startsWith('bench/') ? 1 : 2)
    .join('/')
  return `${join(dirname(file), specifier).replaceAll(sep, '/')}/`.startsWith(`${home}/`)
}
