import { isKill, type Kill } from './run.ts'

/** The kill matrix, and what is wrong with it. */
export interface Matrix {
  /** By case: the saboteurs that it catches. */
  readonly cases: ReadonlyMap<string, readonly string[]>
  /** By saboteur: the cases that catch it. */
  readonly saboteurs: ReadonlyMap<string, readonly string[]>
  /** Sentences; none: the matrix is complete. */
  readonly holes: readonly string[]
}

/** How many cases shall catch most saboteurs. */
const MANY = 3

export function matrixOf(kills: readonly Kill[]): Matrix {
  const sober = kills.filter(({ saboteur }) => saboteur === '')
  const cases = new Map<string, string[]>(sober.map(({ id }) => [id, []]))
  const saboteurs = new Map<string, string[]>()
  for (const kill of kills) {
    if (kill.saboteur === '') continue
    const caught = saboteurs.get(kill.saboteur) ?? []
    saboteurs.set(kill.saboteur, caught)
    if (!isKill(kill)) continue
    caught.push(kill.id)
    cases.get(kill.id)!.push(kill.saboteur)
  }
  return { cases, saboteurs, holes: [...failuresOf(sober), ...holesOf(cases, saboteurs)] }
}

function failuresOf(sober: readonly Kill[]): readonly string[] {
  return sober.flatMap(({ id, outcome, message }) =>
    outcome === 'pass' ? [] : [`${id} does not pass without a fault: ${message.split('\n')[0]}`],
  )
}

function holesOf(
  cases: ReadonlyMap<string, readonly string[]>,
  saboteurs: ReadonlyMap<string, readonly string[]>,
): readonly string[] {
  const unkilled = [...cases].filter(([, by]) => by.length === 0).map(([id]) => `${id} is killed by no saboteur`)
  const uncaught = [...saboteurs].filter(([, by]) => by.length === 0).map(([name]) => `no case catches: ${name}`)
  const caughtByMany = [...saboteurs.values()].filter(({ length }) => length >= MANY).length
  const few =
    caughtByMany * 2 <= saboteurs.size
      ? [`only ${caughtByMany} of ${saboteurs.size} saboteurs are caught by ${MANY} cases`]
      : []
  return [...unkilled, ...uncaught, ...few]
}
