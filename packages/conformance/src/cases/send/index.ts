import type { Case } from '../../case.ts'
import { receiving } from './receiving.ts'

export const sendCases: readonly Case[] = [...receiving]
