import type { Problem } from './judge.ts'

export function explain({ message }: Problem, seed: number): string {
  return `${message} (seed ${seed})`
}
