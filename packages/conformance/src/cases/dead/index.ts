import type { Case } from '../../case.ts'

export const deadCases: readonly Case[] = []
