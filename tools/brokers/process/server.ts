import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import { identityOf, isRunning, isStopped, type ProcessIdentity, signal } from './pid.ts'
import { logTail } from './log-tail.ts'
import type { Run } from './run.ts'
import { endTagged, runTag } from './tagged.ts'
import { until } from './until.ts'

/** How a broker is started, and how one sees that it serves. */
export interface Command {
  readonly file: string
  readonly args: readonly string[]
  readonly cwd?: string
  /** Added to the caller's environment, or instead of it with `cleanEnv`. */
  readonly env?: Readonly<Record<string, string>>
  /** Leave the caller's environment out. Default false. */
  readonly cleanEnv?: boolean
  /** What asks the broker to end. SIGKILL where the broker's own way takes too long for tests. */
  readonly stopSignal: 'SIGTERM' | 'SIGKILL'
  /** Ask the broker something that it answers only when it serves; returns its version if it tells. Throws until then. */
  ask(): Promise<string | undefined>
}

/** One process of a broker, which can be started again with the same settings and data. */
export interface Server {
  readonly pid: number
  /** Resolves with the version that the broker tells; rejects with the tail of its log when it died or took too long. */
  start(): Promise<string | undefined>
  /**
   * End it and everything it started. Resolves with the pid that is gone.
   *
   * @param within the limit in milliseconds; default 15,000
   */
  end(how: 'SIGTERM' | 'SIGKILL', within?: number): Promise<number>
  pause(): Promise<void>
  resume(): Promise<void>
  /** Kill it and everything it started, and start it never again, also when it is just being started. */
  close(): Promise<void>
}

const readyWithin = 60_000
const stopWithin = 15_000

export function createServer(run: Run, command: Command): Server {
  let process: ProcessIdentity | undefined
  let closed = false

  const running = () => {
    if (process && isRunning(process)) return process
    throw new Error(`The broker does not run: start it first. Log: ${run.logFile}`)
  }
  return {
    get pid() {
      return process?.pid ?? 0
    },
    async start() {
      if (process && isRunning(process)) throw new Error(`The broker runs already, as process ${process.pid}.`)
      if (closed) throw new Error('The broker was stopped for good: start another one.')
      const child = await spawnTagged(run, command)
      process = identityOf(child.pid!)
      return waitUntilReady(run, command, child)
    },
    async end(how, within = stopWithin) {
      const ended = running()
      // A stopped process does not see SIGTERM.
      if (how === 'SIGTERM') signal(ended.pid, 'SIGCONT')
      signal(ended.pid, how)
      await until(() => !isRunning(ended), { within, every: 10, what: `process ${ended.pid} ended` })
      await endTagged(run.id)
      return ended.pid
    },
    async pause() {
      const { pid } = running()
      signal(pid, 'SIGSTOP')
      await until(() => isStopped(pid), { within: 5000, every: 5, what: `process ${pid} stopped` })
    },
    async resume() {
      const { pid } = running()
      signal(pid, 'SIGCONT')
      await until(() => !isStopped(pid), { within: 5000, every: 5, what: `process ${pid} goes on` })
    },
    close() {
      closed = true
      return endTagged(run.id)
    },
  }
}

async function spawnTagged(run: Run, { file, args, cwd, env, cleanEnv }: Command): Promise<ChildProcess> {
  const log = openSync(run.logFile, 'a')
  const child = spawn(file, args, {
    cwd: cwd ?? run.folder,
    env: { ...(cleanEnv ? {} : process.env), ...env, [runTag]: run.id },
    stdio: ['ignore', log, log],
    detached: true,
  })
  closeSync(log)
  await once(child, 'spawn')
  child.unref()
  return child
}

async function waitUntilReady(run: Run, command: Command, child: ChildProcess): Promise<string | undefined> {
  let version: string | undefined
  let lastProblem = 'none was made.'
  const look = async () => {
    if (child.exitCode !== null || child.signalCode !== null) {
      throw new Error(`The broker ended at its start (${child.exitCode ?? child.signalCode}).`)
    }
    try {
      version = await command.ask()
      return true
    } catch (error) {
      lastProblem = describe(error)
      return false
    }
  }
  try {
    await until(look, { within: readyWithin, every: 40, what: 'the broker answers' })
    return version
  } catch (error) {
    await endTagged(run.id)
    throw new Error(
      `${describe(error)}\nThe last attempt to reach it: ${lastProblem}\nThe end of its log:\n${logTail(run.logFile)}`,
      { cause: error },
    )
  }
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
