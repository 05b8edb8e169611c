import type { Case } from '../../case.ts'
import { again } from './again.ts'
import { ending } from './ending.ts'
import { leaving } from './leaving.ts'
import { replacing } from './replacing.ts'

export const closeCases: readonly Case[] = [...ending, ...leaving, ...again, ...replacing]
