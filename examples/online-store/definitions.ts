import { exponential, group, queue, text, topic, type, type Source } from '@anymq/core'
import { cartSchema } from './cart.ts'
import { GROUPS, STEPS, type Step } from './facts.ts'
import { orderSchema, type Order } from './order.ts'
import { parcelSchema } from './parcel.ts'
import type { Parts } from './parts.ts'

/** How urgent a parcel is, the most urgent first. */
const LEVELS = ['vip', 'normal'] as const

/** The waits are sized for a demo. The lease is short, so that a crash is soon made good. */
const SOON = { attempts: 12, backoff: exponential('100ms', '800ms') }
const PAYMENT = { lease: '2s', concurrency: 4, timeout: '10s', retry: SOON } as const
const ACCOUNTING = { concurrency: 50, retry: SOON } as const

/** Everything that AnyMQ is told. */
export interface Definitions extends ReturnType<typeof definitionsWith> {}

/** What there is on a broker that can serve these parts of the store. */
export function definitionsWith(parts: Parts) {
  /** Lines of the order file as they are: what is wrong with one is for the handler to say. */
  const intake = queue('intake', {
    codec: text,
    schema: type<string>(),
    concurrency: 10,
    ...(parts.ordering && { ordering: { key: customerIn } }),
  })

  /** Listed groups get every order from the first one on, whether or not a worker of theirs is there yet. */
  const orderPlaced = topic('order-placed', {
    schema: orderSchema,
    groups: GROUPS,
    ...(parts.ordering && { ordering: { key: (order: Order) => order.customer } }),
  })
  const payment = group(orderPlaced, 'payment', PAYMENT)
  const inventory = group(orderPlaced, 'inventory', { concurrency: 4 })
  const notification = group(orderPlaced, 'notification', { concurrency: 4 })
  const accounting = group(orderPlaced, 'accounting', ACCOUNTING)

  /** Orders that are paid. */
  const fulfilment = parts.priority
    ? queue('fulfilment', {
        schema: parcelSchema,
        concurrency: 4,
        priority: { levels: LEVELS, default: 'normal' },
      })
    : undefined

  /** Carts that somebody has left behind, until their owners are to be reminded. */
  const reminders = parts.delay ? queue('reminders', { schema: cartSchema, delay: { max: '1m' } }) : undefined

  const all = { intake, payment, inventory, notification, accounting, fulfilment, reminders }
  return { ...all, orderPlaced, sources: sourcesOf(all) }
}

function sourcesOf(all: Readonly<Record<Step, Source | undefined>>): ReadonlyMap<Step, Source> {
  return new Map(STEPS.flatMap((step) => (all[step] === undefined ? [] : [[step, all[step]]])))
}

/** Whose line it is, as far as one can tell: also where the line is no order. */
function customerIn(line: string): string | undefined {
  return /["']customer["']:["'](c-\d+)["']/.exec(line)?.[1]
}
