import type { Case } from '../../case.ts'
import { isolating } from './isolating.ts'
import { producing } from './producing.ts'
import { provisioning } from './provisioning.ts'
import { receiving } from './receiving.ts'
import { sharing } from './sharing.ts'

export const sendCases: readonly Case[] = [...receiving, ...producing, ...sharing, ...provisioning, ...isolating]
