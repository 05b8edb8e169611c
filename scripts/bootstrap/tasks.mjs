/**
 * What each task runs under the chosen Node, from the root of the workspace.
 * `source` makes the workspace's packages resolve to their TypeScript, so nothing here needs a build first.
 *
 * @type {Record<string, string[]>}
 */
const programs = {
  test: ['scripts/test.ts'],
  'test:full': ['scripts/test.ts', '--full'],
  'test:packed': ['scripts/packed/main.ts'],
  demo: ['--conditions=source', 'examples/online-store/main.ts'],
  bench: ['--conditions=source', '--expose-gc', 'bench/main.ts'],
  brokers: ['--disable-warning=TimeoutNegativeWarning', 'tools/brokers/main.ts'],
  conformance: ['--conditions=source', 'packages/conformance/src/command/program.ts'],
  'conformance:table': ['--conditions=source', 'scripts/conformance/main.ts'],
  'conformance:mutants': ['--conditions=source', 'packages/conformance/test/mutants/main.ts'],
  'conformance:matrix': ['--conditions=source', 'packages/conformance/test/matrix/main.ts'],
  check: ['scripts/check.ts'],
  build: ['scripts/build.ts'],
  format: ['node_modules/oxfmt/bin/oxfmt'],
  changeset: ['node_modules/@changesets/cli/bin.js'],
}

export const taskNames = () => [...Object.keys(programs), 'pnpm']

/**
 * @param {string} name
 * @returns {{ program: string[] | 'pnpm', needsInstall: boolean } | undefined}
 */
export function findTask(name) {
  if (name === 'pnpm') return { program: 'pnpm', needsInstall: false }
  const program = Object.hasOwn(programs, name) ? programs[name] : undefined
  return program && { program, needsInstall: true }
}
