import type { Case } from '../../case.ts'
import { counting } from './counting.ts'
import { moving } from './moving.ts'
import { waiting } from './waiting.ts'

export const retryCases: readonly Case[] = [...counting, ...waiting, ...moving]
