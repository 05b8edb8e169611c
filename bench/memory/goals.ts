import { count, table } from '../measure/table.ts'

/** One figure that was promised. */
export interface Goal {
  readonly what: string
  readonly value: number
  readonly wanted: string
  readonly isMet: boolean
}

/** Print them; true if all are met. */
export function goalTable(goals: readonly Goal[]): boolean {
  const rows = goals.map(({ what, value, wanted, isMet }) => [
    what,
    value >= 1000 ? count(value) : value.toFixed(2),
    wanted,
    isMet ? 'met' : 'MISSED',
  ])
  console.log(`\n${table(['goal', 'measured', 'wanted', ''], rows)}`)
  return goals.every(({ isMet }) => isMet)
}
