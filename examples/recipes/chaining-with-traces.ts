import { AsyncLocalStorage } from 'node:async_hooks'
import { queue, type, type Interceptor, type Message } from '@anymq/core'

// #region chain
export const orders = queue('orders', { schema: type<{ id: string; customer: string }>() })
export const invoices = queue('invoices', { schema: type<{ order: string; customer: string }>() })
export const mails = queue('mails', { schema: type<{ to: string }>() })

export async function onOrder(message: Message<{ id: string; customer: string }>): Promise<void> {
  const { id, customer } = message.body
  await message.send(invoices, { order: id, customer }, { id: `${message.id}-invoice` })
}

export async function onInvoice(message: Message<{ order: string; customer: string }>): Promise<void> {
  await message.send(mails, { to: message.body.customer }, { id: `${message.id}-mail` })
}
// #endregion

// #region trace
const current = new AsyncLocalStorage<string>()

/** The trace that runs at the moment: for logs, and for calls of other services. */
export const trace = (): string | undefined => current.getStore()

/** Around whatever begins a chain, such as a request: `traced(request.headers.traceparent, () => broker.send(…))`. */
export const traced = <T>(id: string, fn: () => T): T => current.run(id, fn)

/** Takes the trace along in a header, and into the handlers of what arrives. */
export const tracing: Interceptor = {
  name: 'tracing',
  send: (next) => (body, options) => {
    const id = trace()
    return next(body, id === undefined ? options : { ...options, headers: { ...options?.headers, trace: id } })
  },
  process: (next) => (message) => traced(message.headers['trace'] ?? message.id, () => next(message)),
}
// #endregion
