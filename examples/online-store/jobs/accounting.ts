import { handleBatch } from '@anymq/core'
import type { Definitions } from '../definitions.ts'
import type { Job } from '../workers/worker.ts'
import type { Services } from '../world/services.ts'

/** Enters many orders into the ledger at once. A batch that the ledger refuses is tried again: it has entered none of it. */
export function accountingJob({ accounting }: Definitions, { ledger }: Services): Job {
  return {
    step: 'accounting',
    definitions: [accounting],
    handling: ({ whileAlive, bookedBatch }) =>
      handleBatch(
        accounting,
        bookedBatch(async (messages) => {
          await whileAlive(ledger.insert(messages.map(({ id, body }) => ({ id, cents: body.total }))))
        }),
        { max: 50, within: '100ms' },
      ),
  }
}
