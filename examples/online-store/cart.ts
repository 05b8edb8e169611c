import { z } from 'zod'

/** A cart that was left behind, as far as a reminder needs it. */
export const cartSchema = z.object({ customer: z.string(), email: z.email() })
