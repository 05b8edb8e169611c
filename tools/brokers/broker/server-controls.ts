import type { Server } from '../process/server.ts'
import { stopwatch } from './stopwatch.ts'
import type { BrokerControls, Evidence } from './test-broker.ts'

/** Milliseconds from SIGTERM to SIGKILL. */
const goesWithin = 4000

/** The faults of a broker that is a process of this machine. One at a time: a second call waits for the first. */
export function serverControls(server: Server, stopSignal: 'SIGTERM' | 'SIGKILL'): BrokerControls {
  let last: Promise<unknown> = Promise.resolve()
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const result = last.then(work)
    last = result.catch(() => {})
    return result
  }
  return {
    restart: () =>
      inTurn(async () => {
        const clock = stopwatch()
        const stopped = await stop(server, stopSignal)
        await server.start()
        const how = `${stopped}, then start`
        return { what: 'restarted', how, pid: server.pid, gone: true, ms: clock() }
      }),
    kill: () =>
      inTurn(async () => {
        const clock = stopwatch()
        const pid = await server.end('SIGKILL')
        return { what: 'killed', how: 'SIGKILL', pid, gone: true, ms: clock() }
      }),
    start: () => inTurn(() => timed(server, { what: 'started', how: 'start' }, () => server.start())),
    pause: () => inTurn(() => timed(server, { what: 'paused', how: 'SIGSTOP' }, () => server.pause())),
    resume: () => inTurn(() => timed(server, { what: 'resumed', how: 'SIGCONT' }, () => server.resume())),
  }
}

/** A broker that waits for its clients before it goes, as ElasticMQ does for polls, is not waited for much longer. Tells what was done. */
async function stop(server: Server, stopSignal: 'SIGTERM' | 'SIGKILL'): Promise<string> {
  const { pid } = server
  if (stopSignal === 'SIGKILL') return `SIGKILL of process ${await server.end('SIGKILL')}`
  try {
    return `SIGTERM of process ${await server.end('SIGTERM', goesWithin)}`
  } catch {
    await server.end('SIGKILL')
    return `SIGTERM of process ${pid}, SIGKILL after ${goesWithin / 1000} s`
  }
}

async function timed(
  server: Server,
  said: Pick<Evidence, 'what' | 'how'>,
  work: () => Promise<unknown>,
): Promise<Evidence> {
  const clock = stopwatch()
  await work()
  return { ...said, pid: server.pid, ms: clock() }
}
