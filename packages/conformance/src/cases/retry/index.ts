import type { Case } from '../../case.ts'

export const retryCases: readonly Case[] = []
