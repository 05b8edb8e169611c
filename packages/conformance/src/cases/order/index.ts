import type { Case } from '../../case.ts'

export const orderCases: readonly Case[] = []
