import { exponential, queue } from '@anymq/core'
import { z } from 'zod'

const V1 = z.object({ id: z.string(), euros: z.number() })
const V2 = z.object({ id: z.string(), cents: z.int() })

const retry = { attempts: 20, backoff: exponential('1s', '1m') }

/** Before. */
export const ordersV1 = queue('orders', { schema: V1, retry })

// #region pair
/** An old body becomes a new one on its way in: handlers know V2 alone. */
const Either = z.union([V2, V1.transform(({ id, euros }) => ({ id, cents: Math.round(euros * 100) }))])

/** First deploy: everybody reads both, and still sends V1. */
export const readingBoth = queue('orders', { schema: { send: V1, receive: Either }, retry })

/** Second deploy, when nobody is left who reads V1 alone: send V2. */
export const sendingV2 = queue('orders', { schema: { send: V2, receive: Either }, retry })

/** Third deploy, when no V1 is on its way any more. */
export const ordersV2 = queue('orders', { schema: V2, retry })
// #endregion
