import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { ProxyEvidence } from './broker-proxy.ts'
import type { ProxyOrder, ProxyReply, ProxyRoute } from './messages.ts'

/** The process of a proxy, seen from the one that opened it. */
export interface ProxyProcess {
  readonly pid: number
  readonly port: number
  order(order: ProxyOrder): Promise<ProxyEvidence>
  end(): Promise<void>
}

const answerWithin = 10_000

/** Resolves when it listens. */
export async function startProxyProcess(route: ProxyRoute): Promise<ProxyProcess> {
  const program = fileURLToPath(new URL('./main.ts', import.meta.url))
  const child = fork(program, [JSON.stringify(route)], { execArgv: [], env: { PATH: process.env['PATH'] ?? '' } })
  const port = await listening(child)
  // It ends when this process does, and must not keep it from ending.
  child.unref()
  child.channel?.unref()
  let lastId = 0
  return {
    pid: child.pid!,
    port,
    order: (order) => ask(child, (lastId += 1), order),
    async end() {
      if (child.exitCode !== null || child.signalCode !== null) return
      const gone = once(child, 'exit')
      child.kill('SIGKILL')
      await gone
    },
  }
}

async function listening(child: ChildProcess): Promise<number> {
  const ended = once(child, 'exit').then(([code]: (number | null)[]): ProxyReply => ({ failed: `exit ${code}` }))
  const said = once(child, 'message').then(([reply]: ProxyReply[]) => reply)
  const reply = await Promise.race([said, ended])
  if (reply && 'listening' in reply) return reply.listening
  child.kill('SIGKILL')
  throw new Error(`The proxy did not start: ${reply && 'failed' in reply ? reply.failed : 'it said something else'}.`)
}

function ask(child: ChildProcess, id: number, order: ProxyOrder): Promise<ProxyEvidence> {
  return new Promise((resolve, reject) => {
    const done = (settle: () => void) => {
      clearTimeout(timer)
      child.off('message', onReply)
      child.off('exit', onExit)
      settle()
    }
    const onReply = (reply: ProxyReply) => {
      if ('id' in reply && reply.id === id) done(() => resolve(reply.evidence))
    }
    const onExit = () => done(() => reject(new Error(`The proxy is closed, so '${order.do}' was not done.`)))
    const onTime = () =>
      done(() => reject(new Error(`The proxy did not answer '${order.do}' within ${answerWithin} ms.`)))
    const timer = setTimeout(onTime, answerWithin)
    child.on('message', onReply)
    child.once('exit', onExit)
    if (child.connected) child.send({ id, order })
    else onExit()
  })
}
