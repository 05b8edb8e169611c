import { randomInt } from 'node:crypto'
import { createServer } from 'node:net'

/** Below the range that systems take outgoing ports from: else a client could take it while a broker restarts. */
const lowest = 20_000
const highest = 32_000

const given = new Set<number>()

/** A port on 127.0.0.1 that nobody listens on, never given twice by this process. */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const port = randomInt(lowest, highest)
    if (!given.has(port) && (await canListen(port))) {
      given.add(port)
      return port
    }
  }
  throw new Error(`No free port found between ${lowest} and ${highest} in 100 attempts.`)
}

function canListen(port: number): Promise<boolean> {
  const server = createServer()
  return new Promise((resolve) => {
    server.once('error', () => resolve(false))
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)))
  })
}
