import type { ProxyReply, ProxyRequest, ProxyRoute } from './messages.ts'
import { openRelay } from './relay.ts'

const say = (reply: ProxyReply) => process.send?.(reply)

/** The process ends with whoever opened it. */
process.once('disconnect', () => process.exit(0))
try {
  const route: ProxyRoute = JSON.parse(process.argv[2] ?? '')
  const relay = await openRelay(route)
  process.on('message', ({ id, order }: ProxyRequest) => say({ id, evidence: relay.obey(order) }))
  say({ listening: relay.port })
} catch (error) {
  say({ failed: String(error) })
}
