import { existsSync, mkdirSync, readdirSync, renameSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { removeFolder } from '../process/run.ts'
import { runTag } from '../process/tagged.ts'
import { startWatchdog } from '../watchdog/watchdog.ts'
import { withLock } from './lock.ts'

export type Progress = (line: string) => void

/** Fill a folder; programs that it starts get `env`, so that they end with the caller. */
export type Build = (folder: string, env: NodeJS.ProcessEnv) => Promise<void>

/** Build a folder beside its place and move it there when it is complete. Does nothing when it is there. */
export async function installOnce(target: string, build: Build, onProgress: Progress): Promise<void> {
  if (existsSync(target)) return
  mkdirSync(dirname(target), { recursive: true })
  const onWait = (pid: number) => onProgress(`waiting for process ${pid}, which installs ${basename(target)}`)
  await withLock(`${target}.lock`, () => buildUnderLock(target, withPulse(target, build, onProgress)), { onWait })
}

async function buildUnderLock(target: string, build: Build): Promise<void> {
  if (existsSync(target)) return
  removeHalfMade(target)
  const folder = `${target}.making-${process.pid}`
  mkdirSync(folder)
  const callOff = await startWatchdog({ runId: basename(folder), folder })
  try {
    await build(folder, { ...process.env, [runTag]: basename(folder) })
    renameSync(folder, target)
  } finally {
    callOff()
    removeFolder(folder)
  }
}

/** Say something every ten seconds, also while the programs at work say nothing. */
function withPulse(target: string, build: Build, onProgress: Progress): Build {
  return async (folder, env) => {
    const begin = performance.now()
    const say = () => onProgress(`${basename(target)}: at work for ${Math.round((performance.now() - begin) / 1000)} s`)
    const pulse = setInterval(say, 10_000)
    try {
      await build(folder, env)
    } finally {
      clearInterval(pulse)
    }
  }
}

function removeHalfMade(target: string): void {
  const left = readdirSync(dirname(target)).filter((name) => name.startsWith(`${basename(target)}.making-`))
  for (const name of left) removeFolder(join(dirname(target), name))
}
