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

// capability.compile-time: there is nothing that the in-memory broker does not offer
const late = topic('late', { ttl: '1h' })
await createBroker(memory(), {
  definitions: [
    queue('a', { schema: type<{ id: string }>(), ordering: { key: (body) => body.id } }),
    queue('b', { priority: { levels: ['vip', 'normal'], default: 'normal' } }),
    queue('c', { delay: { max: '1h' } }),
    queue('d', { dedupe: { window: '5m' } }),
    queue('e', { ttl: '1h' }),
    group(late, 'any'),
  ],
})
// With a mask the same compiles: core emulates what is left out, and refuses at startup what it cannot.
memory({ mask: ['ordering', 'dedupe'] })
// @ts-expect-error no such mask
memory({ mask: ['order'] })
