import { exponential, group, queue, text, topic, type Source } from '@anymq/core'
import type { Step } from './books.ts'
import { orderSchema } from './order.ts'

/** Lines of the order file as they are: what is wrong with one is for the handler to say. */
export const intake = queue('intake', { codec: text, concurrency: 10 })

/** The steps that work on a placed order, each with a copy of its own. */
export const GROUPS = ['payment', 'inventory', 'notification'] as const

/** Listed groups get every order from the first one on, whether or not a worker of theirs is there yet. */
export const orderPlaced = topic('order-placed', {
  schema: orderSchema,
  groups: GROUPS,
})

/** The waits are sized for a demo: they outlast an outage of two seconds. The lease is short, so that a crash is soon made good. */
export const payment = group(orderPlaced, 'payment', {
  lease: '2s',
  concurrency: 4,
  timeout: '10s',
  retry: { attempts: 12, backoff: exponential('100ms', '800ms') },
})
export const inventory = group(orderPlaced, 'inventory', { concurrency: 4 })
export const notification = group(orderPlaced, 'notification', { concurrency: 4 })

/** Where each step's work comes from. */
export const SOURCES: Readonly<Record<Step, Source>> = { intake, payment, inventory, notification }
