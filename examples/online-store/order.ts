import { z } from 'zod'

const item = z.object({ sku: z.string().min(1), quantity: z.int().positive(), price: z.int().nonnegative() })

/** An order as the store accepts it. Money is in cents. */
export const orderSchema = z
  .object({
    id: z.string().regex(/^o-\d+$/),
    placedAt: z.iso.datetime(),
    customer: z.string().min(1),
    name: z.string().min(1),
    email: z.email(),
    card: z.string().min(1),
    vip: z.boolean(),
    items: z.array(item).min(1, 'the basket is empty'),
    total: z.int().positive('is not positive'),
    note: z.string(),
  })
  .refine((order) => order.total === sumOf(order.items), { path: ['total'], error: 'is not the sum of the items' })

export type Item = z.infer<typeof item>
export type Order = z.infer<typeof orderSchema>

/** What a line of the order file holds: an order, or what is wrong with it. */
export type Reading = { readonly order: Order } | { readonly problem: string }

export function readOrder(line: string): Reading {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch (error) {
    return { problem: `not JSON: ${(error as Error).message}` }
  }
  const parsed = orderSchema.safeParse(value)
  if (parsed.success) return { order: parsed.data }
  return { problem: parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ') }
}

export function sumOf(items: readonly Item[]): number {
  return items.reduce((sum, { quantity, price }) => sum + quantity * price, 0)
}
