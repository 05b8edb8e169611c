import type { Case } from '../case.ts'
import { closeCases } from './close/index.ts'
import { deadCases } from './dead/index.ts'
import { orderCases } from './order/index.ts'
import { retryCases } from './retry/index.ts'
import { sendCases } from './send/index.ts'
import { settleCases } from './settle/index.ts'

/** Every case, in the order of the areas and of the numbers in them. */
export const catalogue: readonly Case[] = [
  sendCases,
  settleCases,
  orderCases,
  deadCases,
  retryCases,
  closeCases,
].flatMap((cases) => [...cases].sort((a, b) => a.id.localeCompare(b.id)))
