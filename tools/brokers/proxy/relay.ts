import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import type { ProxyEvidence } from './broker-proxy.ts'
import { type Flow, forward, type Gate } from './forward.ts'
import type { ProxyOrder, ProxyRoute } from './messages.ts'

/** The working part of a proxy: it listens, connects, and does the faults. */
export interface Relay {
  readonly port: number
  obey(order: ProxyOrder): ProxyEvidence
}

interface Connection {
  readonly client: Socket
  readonly broker: Socket
  readonly flows: readonly Flow[]
}

/** Resolves when it listens on 127.0.0.1. */
export async function openRelay({ listen, host, port }: ProxyRoute): Promise<Relay> {
  const connections = new Set<Connection>()
  const counts = { connectionsReset: 0, connectionsRefused: 0, bytesHeld: 0 }
  let fault: ProxyEvidence['fault'] = 'none'
  const gate: Gate = { open: true, delay: 0, onHeld: (bytes) => void (counts.bytesHeld += bytes) }

  const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    if (fault === 'refuse') {
      counts.connectionsRefused += 1
      client.resetAndDestroy()
    } else keep(connections, join(client, connect({ host, port, allowHalfOpen: true, noDelay: true }), gate))
  })
  server.listen({ host: '127.0.0.1', port: listen })
  await once(server, 'listening')

  const evidence = (): ProxyEvidence => ({ fault, connectionsOpen: connections.size, ...counts })
  const change = (to: typeof fault, open: boolean, delay: number) => {
    fault = to
    Object.assign(counts, { connectionsReset: 0, connectionsRefused: 0, bytesHeld: 0 })
    Object.assign(gate, { open, delay })
    for (const { flows } of connections) for (const flow of flows) flow()
    return evidence()
  }
  const obey = (order: ProxyOrder): ProxyEvidence => {
    switch (order.do) {
      case 'cut': {
        const reset = [...connections].map(resetBoth).length
        return { ...evidence(), fault: 'cut', connectionsOpen: 0, connectionsReset: reset }
      }
      case 'halfOpen':
        return change('halfOpen', false, 0)
      case 'slow':
        return change('slow', true, order.msPerChunk)
      case 'refuse':
        return change('refuse', true, 0)
      case 'restore': {
        const did = evidence()
        change('none', true, 0)
        return did
      }
      case 'observe':
        return evidence()
    }
  }
  return { port: (server.address() as AddressInfo).port, obey }
}

function join(client: Socket, broker: Socket, gate: Gate): Connection {
  return { client, broker, flows: [forward(client, broker, gate), forward(broker, client, gate)] }
}

/** A connection counts as open until the client's side of it is closed. */
function keep(connections: Set<Connection>, connection: Connection): void {
  connections.add(connection)
  connection.client.once('close', () => connections.delete(connection))
}

function resetBoth({ client, broker }: Connection): void {
  client.resetAndDestroy()
  broker.resetAndDestroy()
}
