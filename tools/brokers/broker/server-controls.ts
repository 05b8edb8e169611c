import type { Server } from '../process/server.ts'
import { stopwatch } from './stopwatch.ts'
import type { BrokerControls, Evidence } from './test-broker.ts'

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
        const ended = await server.end(stopSignal)
        await server.start()
        const how = `${stopSignal} of process ${ended}, then start`
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

async function timed(
  server: Server,
  said: Pick<Evidence, 'what' | 'how'>,
  work: () => Promise<unknown>,
): Promise<Evidence> {
  const clock = stopwatch()
  await work()
  return { ...said, pid: server.pid, ms: clock() }
}
