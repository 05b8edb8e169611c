import { oneOf, wholeBetween, type Random } from '../seeded-random.ts'

export interface Customer {
  readonly id: string
  readonly name: string
  readonly email: string
  readonly card: string
  /** Their orders are sent before those of others. */
  readonly vip: boolean
}

const GIVEN = [
  'Ada', 'Zoë', 'José', 'Łukasz', 'Ольга', 'Νίκος', '小明', '花子', '지우', 'Nguyễn', 'Søren', 'Amélie', 'Jürgen', 'Chloé',
  'محمد', 'נועה', 'Aarav', 'ปรียา', 'Siobhán', 'Þór', 'Grace', 'Linus', 'Yara', 'Tomás', 'Ines', 'Olu', 'Mei', 'Ivan',
]
const FAMILY = [
  'Müller', 'O’Brien', 'García', 'Żółć', 'Иванова', 'Παπαδόπουλος', '王', '山田', '김', 'Thị Hà', 'Ångström', 'Dvořák', 'Smith',
  'حسن', 'כהן', 'शर्मा', 'สุข', "D'Angelo", 'Guðmundsson', 'Lovelace', 'Hopper', 'Okafor', 'Silva', 'de la Cruz', 'Popov',
]

/** Names that break what was only tested with Smith. This Amélie is spelled with a combining accent. */
const AWKWARD_NAMES: Readonly<Record<number, string>> = {
  3: '👩‍🚀 Mae Jemison',
  7: 'Robert"); DROP TABLE orders;--',
  21: 'null',
  34: 'Ame\u0301lie Poulain',
  55: '\u202Eאבג reversed\u202C',
  89: 'Zalgo Z\u0351\u0352\u0353a\u0354\u0355l\u0356g\u0357o',
  144: '𝕋𝕙𝕖 𝕄𝕒𝕥𝕙𝕖𝕞𝕒𝕥𝕚𝕔𝕚𝕒𝕟',
  233: 'X Æ A-12',
}

/** The provider declines this card, always; it belongs to one customer. */
export const DECLINED_CARD = '4000-0000-0000-0002'
export const CUSTOMER_WITH_DECLINED_CARD = 13
/** One customer in so many is a VIP. */
const VIPS = 6

export function makeCustomers(random: Random, count: number): Customer[] {
  return Array.from({ length: count }, (_, index) => makeCustomer(random, index + 1))
}

function makeCustomer(random: Random, number: number): Customer {
  const id = `c-${String(number).padStart(3, '0')}`
  const common = `${oneOf(random, GIVEN)} ${oneOf(random, FAMILY)}`
  const card = `4242-${digits(random)}-${digits(random)}-${String(number).padStart(4, '0')}`
  return {
    id,
    name: AWKWARD_NAMES[number] ?? common,
    email: `${id}@customers.example`,
    card: number === CUSTOMER_WITH_DECLINED_CARD ? DECLINED_CARD : card,
    vip: number % VIPS === 0,
  }
}

function digits(random: Random): string {
  return String(wholeBetween(random, 0, 9999)).padStart(4, '0')
}
