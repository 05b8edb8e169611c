import type { Case } from '../../case.ts'
import { asking } from './asking.ts'
import { failing } from './failing.ts'
import { keeping } from './keeping.ts'
import { surviving } from './surviving.ts'

export const orderCases: readonly Case[] = [...keeping, ...failing, ...surviving, ...asking]
