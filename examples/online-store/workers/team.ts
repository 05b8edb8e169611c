import type { Recorder } from '../books.ts'
import { intakeJob } from '../jobs/intake.ts'
import { inventoryJob } from '../jobs/inventory.ts'
import { notificationJob } from '../jobs/notification.ts'
import { paymentJob } from '../jobs/payment.ts'
import type { World } from '../world/world.ts'
import { startWorker } from './in-process-worker.ts'
import type { Connect, Job, Worker } from './worker.ts'

/** The staff of the store: each worker competes with the others of its step. All of them, or nobody. */
export async function startTeam(world: World, connect: Connect, record: Recorder): Promise<readonly Worker[]> {
  const hire = <Body>(job: Job<Body>, count: number): Promise<Worker>[] =>
    Array.from({ length: count }, (_, index) => startWorker(`${job.step}-${index + 1}`, job, connect, record))
  const hired = await Promise.allSettled([
    ...hire(intakeJob(world.pace), 2),
    ...hire(paymentJob(world.provider, world.pace), 3),
    ...hire(inventoryJob(world.warehouse), 2),
    ...hire(notificationJob(world.mail), 2),
  ])
  const team = hired.filter((one) => one.status === 'fulfilled').map(({ value }) => value)
  const refusal = hired.find((one) => one.status === 'rejected')
  if (refusal === undefined) return team
  await Promise.all(team.map((worker) => worker.close()))
  throw refusal.reason
}
