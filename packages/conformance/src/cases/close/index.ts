import type { Case } from '../../case.ts'

export const closeCases: readonly Case[] = []
