import type { Matrix } from './judged.ts'
import type { Kill } from './run.ts'

/** Columns of one row of the table of cases. */
const WIDTH = 110

/** The matrix for people: who catches whom, by case and by saboteur, and its holes. */
export function printed({ cases, saboteurs, holes }: Matrix, kills: readonly Kill[]): readonly string[] {
  const late = kills.filter(({ trouble }) => trouble === 'late')
  return [
    `The kill matrix: ${cases.size} cases, ${saboteurs.size} saboteurs`,
    ...[...cases].map(([id, by]) => row(id, by)),
    '',
    ...[...saboteurs].map(([name, by]) => row(name, by)),
    '',
    `${late.length} runs ended without naming what is wrong, and do not count`,
    ...(holes.length === 0 ? ['No hole.'] : ['Holes:', ...holes.map((hole) => `  ${hole}`)]),
  ]
}

function row(name: string, by: readonly string[]): string {
  const line = `${name.padEnd(42)}${String(by.length).padStart(4)}  ${by.join(' ')}`
  return line.length <= WIDTH ? line : `${line.slice(0, WIDTH - 1)}…`
}
