import { delimiter, dirname, join } from 'node:path'
import { findNpm, npmVariable } from './npm.mjs'
import { root } from './root.mjs'

/** npm describes the script it is running in these; pnpm and the tests would take them for their own. */
const fromCallingScript = /^npm_(?:package_.*|lifecycle_.*|command|execpath|node_execpath)$/i

/** The caller's environment without what npm added for its script. Settings (`npm_config_*`) stay: caches, proxies and certificates live there. */
export function callerEnvironment() {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !fromCallingScript.test(name)))
}

/** @param {import('./prepare.mjs').Tools} tools */
export function taskEnvironment(tools) {
  const env = callerEnvironment()
  // Windows calls it `Path`: a second `PATH` beside it would be a coin toss.
  const pathName = Object.keys(env).find((name) => name.toUpperCase() === 'PATH') ?? 'PATH'
  const folders = [dirname(tools.node), tools.pnpmBin, join(root, 'node_modules', '.bin')]
  env[pathName] = [...folders, env[pathName] ?? ''].join(delimiter)
  const npm = findNpm()
  return npm ? { ...env, [npmVariable]: npm } : env
}
