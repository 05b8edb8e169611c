/** What the real in-memory adapter lets compile. Checked by the compiler, never run. */
import { createBroker, group, queue, topic, type, type Broker } from '@anymq/core'
import { memory, memoryServer, type MemoryConnection } from '../src/index.ts'

const plain = queue('plain', { schema: type<{ id: string }>(), retry: { attempts: 3 }, maxBody: 100 })
const placed = topic('placed', { schema: type<{ id: string }>(), groups: ['payment'] })
const payment = group(placed, 'payment')

const broker: Broker<MemoryConnection> = await createBroker(memory({ server: memoryServer() }), {
  definitions: [plain, placed, payment],
})
broker.native.abandon()
broker.native.server.messages satisfies number
// @ts-expect-error the connection has no such thing
broker.native.channel()
// @ts-expect-error not what memoryServer() returns
memory({ server: 'memory:' })

// capability.compile-time: each of these says in the editor what this broker does not offer
const [a, b, c, d, e] = [
  queue('a', { schema: type<{ id: string }>(), ordering: { key: (body) => body.id } }),
  queue('b', { priority: { levels: ['vip', 'normal'], default: 'normal' } }),
  queue('c', { delay: { max: '1h' } }),
  queue('d', { dedupe: { window: '5m' } }),
  queue('e', { ttl: '1h' }),
]
// @ts-expect-error "This broker does not offer: ordering"
await createBroker(memory(), { definitions: [plain, a] })
// @ts-expect-error "This broker does not offer: priority"
await createBroker(memory(), { definitions: [b, plain] })
// @ts-expect-error "This broker does not offer: delay"
await createBroker(memory(), { definitions: [c] })
// @ts-expect-error "This broker does not offer: dedupe"
await createBroker(memory(), { definitions: [d] })
// @ts-expect-error "This broker does not offer: ttl"
await createBroker(memory(), { definitions: [e] })
const late = topic('late', { ttl: '1h' })
// @ts-expect-error nor for a group of such a topic
await createBroker(memory(), { definitions: [group(late, 'any')] })
