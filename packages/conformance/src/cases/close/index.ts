import type { Case } from '../../case.ts'
import { again } from './again.ts'
import { ending } from './ending.ts'

export const closeCases: readonly Case[] = [...ending, ...again]
