import { sumOf, type Order } from '../order.ts'
import type { Product } from './products.ts'

/** What is wrong with a line, and with that what becomes of it. `declined` is a good line with a bad card. */
export type Problem = 'malformed' | 'torn' | 'negative-total' | 'empty-basket' | 'declined'

/** How one line of the file differs from what the till meant to write. */
export interface Awkward {
  /** The order that is meant. Default: the order as it was. */
  readonly order?: (order: Order, catalogue: readonly Product[]) => Order
  /** What stands in the file instead of its JSON. */
  readonly line?: (json: string) => string
  readonly problem?: Problem
}

const trailingComma: Awkward = { problem: 'malformed', line: (json) => json.replace(/}$/, ',}') }
const unclosed: Awkward = { problem: 'malformed', line: (json) => json.slice(0, -1) }
const semicolon: Awkward = { problem: 'malformed', line: (json) => `${json};` }
const singleQuotes: Awkward = {
  problem: 'malformed',
  order: (order) => ({ ...order, name: 'Plain Jane', note: '' }),
  line: (json) => json.replaceAll('"', "'"),
}
const torn: Awkward = { problem: 'torn', line: (json) => json.slice(0, 70) }
const negativeTotal: Awkward = { problem: 'negative-total', order: (order) => ({ ...order, total: -order.total }) }
const emptyBasket: Awkward = { problem: 'empty-basket', order: (order) => ({ ...order, items: [] }) }

/** Line separators, escapes, half a surrogate pair, a key that is dangerous elsewhere: good orders all the same. */
const strangeNotes: readonly string[] = [
  'line one\nline two\ttabbed \\ "quoted"',
  'U+2028 \u2028 and U+2029 \u2029 are no line ends here',
  'half a pair: \ud83d',
  '{"__proto__":{"paid":true}}',
  '\u0000\u0001\u001f',
  'leave it with the neighbour '.repeat(150),
]
const strangeNote = (index: number): Awkward => ({ order: (order) => ({ ...order, note: strangeNotes[index]! }) })

/** An item of a huge basket in JSON, with its comma. */
const ITEM_BYTES = 44

/** Somebody who wants everything, again and again, up to so many bytes of JSON. */
const hugeBasket = (bytes: number): Awkward => ({
  order: (order, catalogue) => {
    const items = Array.from({ length: Math.floor(bytes / ITEM_BYTES) }, (_, index) => {
      const { sku, price } = catalogue[index % catalogue.length]!
      return { sku, quantity: 1, price }
    })
    return { ...order, items, total: sumOf(items) }
  },
})

/** By line. One of each kind stands early, so that a short run meets them all. */
export const AWKWARD: ReadonlyMap<number, Awkward> = new Map([
  [7, trailingComma],
  [11, strangeNote(0)],
  [19, negativeTotal],
  [23, hugeBasket(100_000)],
  [26, unclosed],
  [29, strangeNote(1)],
  [36, emptyBasket],
  [41, torn],
  [333, singleQuotes],
  [404, semicolon],
  [500, strangeNote(2)],
  [611, trailingComma],
  [777, negativeTotal],
  [808, strangeNote(3)],
  [999, unclosed],
  [1024, hugeBasket(260_000)],
  [1111, strangeNote(4)],
  [1234, singleQuotes],
  [1357, torn],
  [1500, strangeNote(5)],
  [1618, semicolon],
  [1999, trailingComma],
  [2048, hugeBasket(180_000)],
  [2100, unclosed],
])

/** These repeat the order on the line before in everything but the id: two customers' clicks, two orders. */
export const TWINS: ReadonlySet<number> = new Set([15, 32, 700, 701, 1400, 2150])

/** The first order of the customer whose card is declined stands here. */
export const DECLINED_LINE = 13
