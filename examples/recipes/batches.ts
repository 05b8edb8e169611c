import { handleBatch, queue, type, type Message } from '@anymq/core'

export interface Sale {
  readonly id: string
  readonly cents: number
}
/** One insert of many rows: all of them or none. A row that is there already is left as it is. */
export type Insert = (rows: readonly Sale[]) => Promise<void>

export const sales = queue('sales', { schema: type<Sale>(), retry: { attempts: 4 } })

export function booking(insert: Insert) {
  return handleBatch(
    sales,
    async (messages) => {
      const good = await withoutBad(messages)
      if (good.length > 0) await insert(good.map(({ body }) => body)) // throws: all of `good` come again
    },
    { max: 100, within: '500ms' },
  )
}

/** One bad message must not take the others with it: settle it by itself, first. */
async function withoutBad(messages: readonly Message<Sale>[]): Promise<readonly Message<Sale>[]> {
  const isBad = ({ body }: Message<Sale>): boolean => !Number.isSafeInteger(body.cents)
  await Promise.all(messages.filter(isBad).map((message) => message.deadLetter('cents are no whole number')))
  return messages.filter((message) => !isBad(message))
}
