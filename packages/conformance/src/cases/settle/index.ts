import type { Case } from '../../case.ts'
import { leases } from './leases.ts'

export const settleCases: readonly Case[] = [...leases]
