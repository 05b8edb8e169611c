import type { Case } from '../../case.ts'
import { acking } from './acking.ts'
import { leases } from './leases.ts'
import { leaving } from './leaving.ts'
import { losing } from './losing.ts'
import { verbs } from './verbs.ts'

export const settleCases: readonly Case[] = [...acking, ...verbs, ...leases, ...losing, ...leaving]
