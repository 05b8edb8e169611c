import type { Fact } from './facts.ts'
import type { Problem } from './problem.ts'
import { idsIn, namesOf, worded, type Names } from './words.ts'

/** Of a longer slice the beginning and the end are shown. */
const FIRST = 14
const LAST = 8

/** A problem for a person: what is wrong, what explains it, and the seed that may bring it again. */
export function explain({ message, facts }: Problem, seed: number): string {
  const names = namesOf(facts.flatMap(idsIn))
  const lines = facts.map((fact) => lineOf(fact, facts[0]!.at, names))
  const hidden = lines.length - FIRST - LAST
  const shown = hidden > 1 ? [...lines.slice(0, FIRST), `  … ${hidden} more`, ...lines.slice(-LAST)] : lines
  return [abbreviated(message, names), ...shown, `seed ${seed}`].join('\n')
}

function lineOf(fact: Fact, from: number, names: Names): string {
  return `  +${(fact.at - from).toFixed(1)} ${fact.process}  ${worded(fact, names)}`
}

/** The longest first: one may be in another. */
function abbreviated(message: string, names: Names): string {
  return [...names]
    .sort(([a], [b]) => b.length - a.length)
    .reduce((text, [id, name]) => text.replaceAll(id, name), message)
}
