import type { Case } from '../../case.ts'
import { failing } from './failing.ts'
import { keeping } from './keeping.ts'
import { reaching } from './reaching.ts'
import { redriving } from './redriving.ts'

export const deadCases: readonly Case[] = [...reaching, ...keeping, ...failing, ...redriving]
