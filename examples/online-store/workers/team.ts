import { STEPS, type Recorder, type Step } from '../books.ts'
import { connectTo, type Place } from '../place/place.ts'
import type { World } from '../world/world.ts'
import { startProcess } from './process/process-worker.ts'
import { rolesWith } from './roles.ts'
import type { Worker } from './worker.ts'

const HEADS: Readonly<Record<Step, number>> = { intake: 2, payment: 3, inventory: 2, notification: 2 }

/** The staff of the store: each worker competes with the others of its step. All of them, or nobody. */
export async function startTeam(world: World, place: Place, record: Recorder): Promise<readonly Worker[]> {
  const names = STEPS.flatMap((step) =>
    Array.from({ length: HEADS[step] }, (_, index) => ({ step, name: `${step}-${index + 1}` })),
  )
  const hired = await Promise.allSettled(names.map(({ step, name }) => hire(step, name, world, place, record)))
  const team = hired.filter((one) => one.status === 'fulfilled').map(({ value }) => value)
  const refusal = hired.find((one) => one.status === 'rejected')
  if (refusal === undefined) return team
  await Promise.all(team.map((worker) => worker.close()))
  throw refusal.reason
}

/** A broker inside this process is out of reach for another one. */
function hire(step: Step, name: string, world: World, place: Place, record: Recorder): Promise<Worker> {
  if (place.isShared) return startProcess(step, name, world, place, record)
  return rolesWith(world)[step](name, connectTo(place), record)
}
