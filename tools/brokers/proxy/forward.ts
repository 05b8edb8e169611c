import type { Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/** What the present fault does to bytes on their way. Shared by all connections, and changed by the proxy. */
export interface Gate {
  open: boolean
  /** Milliseconds that each chunk waits. */
  delay: number
  /** Told of every chunk that does not pass at once. */
  onHeld: (bytes: number) => void
}

/** Look at the gate again: it has changed. */
export type Flow = () => void

/** Above this the sender meets a line that takes no more. */
const mostWaiting = 16 * 1024 * 1024

/** Pass what one socket receives to another: bytes in order, then the end or the reset. */
export function forward(from: Socket, to: Socket, gate: Gate): Flow {
  const waiting: Buffer[] = []
  let size = 0
  let over: 'no' | 'ended' | 'reset' = 'no'
  let busy = false

  const passOne = async (chunk: Buffer) => {
    if (gate.delay > 0) await sleep(gate.delay)
    size -= chunk.length
    if (to.writable && !to.write(chunk)) await drained(to)
    if (size < mostWaiting) from.resume()
  }
  const passEnd = () => {
    if (over === 'ended') to.end()
    if (over === 'reset') to.resetAndDestroy()
  }
  const flow = async () => {
    if (busy) return
    busy = true
    for (let chunk = next(); chunk; chunk = next()) await passOne(chunk)
    busy = false
    if (gate.open && waiting.length === 0) passEnd()
  }
  const next = () => (gate.open ? waiting.shift() : undefined)

  from.on('data', (chunk) => {
    if (!gate.open || gate.delay > 0) gate.onHeld(chunk.length)
    waiting.push(chunk)
    size += chunk.length
    if (size > mostWaiting) from.pause()
    void flow()
  })
  from.once('end', () => {
    over = 'ended'
    void flow()
  })
  from.once('error', () => {
    over = 'reset'
    void flow()
  })
  return () => void flow()
}

function drained(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    socket.once('drain', resolve)
    socket.once('close', () => resolve())
  })
}
