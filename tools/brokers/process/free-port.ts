import { createServer } from 'node:net'
import { threadId } from 'node:worker_threads'

/** Below the range that systems take outgoing ports from: else a client could take it while a broker restarts. */
const lowest = 20_000
const count = 12_000

/** Processes and threads that start brokers at the same time begin far from each other. */
let next = ((process.pid + threadId * 97) % 240) * 50

/** A port on 127.0.0.1 that nobody listens on, given once by this process. */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < count; attempt += 1) {
    const port = lowest + (next % count)
    next += 1
    if (await canListen(port)) return port
  }
  throw new Error(`No free port found between ${lowest} and ${lowest + count}.`)
}

function canListen(port: number): Promise<boolean> {
  const server = createServer()
  return new Promise((resolve) => {
    server.once('error', () => resolve(false))
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)))
  })
}
