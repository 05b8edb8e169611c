import { z } from 'zod'

/** What goes out once an order is paid. */
export const parcelSchema = z.object({ order: z.string() })
