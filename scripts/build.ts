import { buildLibraries } from './libraries/build.ts'

const { ok, output } = await buildLibraries()
if (!ok) {
  console.error(output)
  process.exitCode = 1
}
