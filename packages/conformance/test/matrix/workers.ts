import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import type { Job, Kill } from './run.ts'

/** Real milliseconds for one case, whatever it does. */
const LIMIT = 10_000
const PROGRAM = new URL('./worker.ts', import.meta.url)

/** Run the jobs in as many processes, each with one case at a time: what one breaks, no other sees. */
export async function runJobs(jobs: readonly Job[], module: string, processes: number): Promise<readonly Kill[]> {
  const left = [...jobs]
  const kills: Kill[] = []
  const work = async (): Promise<void> => {
    let worker = await start(module)
    for (let job = left.shift(); job !== undefined; job = left.shift()) {
      const kill = await ask(worker, job)
      kills.push(
        kill ?? { ...job, outcome: 'fail', trouble: 'late', message: `no verdict in ${LIMIT} ms`, took: LIMIT },
      )
      if (kill === undefined) worker = await replace(worker, module)
    }
    worker.disconnect()
  }
  await Promise.all(Array.from({ length: processes }, work))
  return kills
}

async function start(module: string): Promise<ChildProcess> {
  const worker = fork(PROGRAM, [module], { execArgv: ['--conditions=source'] })
  await once(worker, 'message')
  return worker
}

async function replace(worker: ChildProcess, module: string): Promise<ChildProcess> {
  worker.kill('SIGKILL')
  return start(module)
}

/** Undefined: it said nothing in time, or it died. */
function ask(worker: ChildProcess, job: Job): Promise<Kill | undefined> {
  const { promise, resolve } = Promise.withResolvers<Kill | undefined>()
  const timer = setTimeout(() => resolve(undefined), LIMIT)
  const died = (): void => resolve(undefined)
  const said = (kill: Kill): void => resolve(kill)
  worker.once('exit', died)
  worker.once('message', said)
  worker.send(job)
  return promise.finally(() => {
    clearTimeout(timer)
    worker.off('exit', died)
    worker.off('message', said)
  })
}
