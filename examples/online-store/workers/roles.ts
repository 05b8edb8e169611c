import type { Recorder, Step } from '../books.ts'
import { intakeJob } from '../jobs/intake.ts'
import { inventoryJob } from '../jobs/inventory.ts'
import { notificationJob } from '../jobs/notification.ts'
import { paymentJob } from '../jobs/payment.ts'
import type { Services } from '../world/services.ts'
import { startWorker } from './in-process-worker.ts'
import type { Connect, Job, Worker } from './worker.ts'

/** Starts a worker of one step in this process. */
export type Role = (name: string, connect: Connect, record: Recorder) => Promise<Worker>

/** What each step's workers do, with these services. */
export function rolesWith({ pace, provider, warehouse, mail }: Services): Readonly<Record<Step, Role>> {
  return {
    intake: role(intakeJob(pace)),
    payment: role(paymentJob(provider, pace)),
    inventory: role(inventoryJob(warehouse)),
    notification: role(notificationJob(mail)),
  }
}

function role<Body>(job: Job<Body>): Role {
  return (name, connect, record) => startWorker(name, job, connect, record)
}
