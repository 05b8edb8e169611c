import { exponential, queue } from '@anymq/core'
import { z } from 'zod'

export const orders = queue('orders', {
  schema: z.object({ id: z.string(), total: z.number() }),
  retry: { attempts: 5, backoff: exponential('100ms', '1s') },
})
