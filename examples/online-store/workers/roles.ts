import type { Definitions } from '../definitions.ts'
import type { Step } from '../facts.ts'
import { accountingJob } from '../jobs/accounting.ts'
import { fulfilmentJob } from '../jobs/fulfilment.ts'
import { intakeJob } from '../jobs/intake.ts'
import { inventoryJob } from '../jobs/inventory.ts'
import { notificationJob } from '../jobs/notification.ts'
import { paymentJob } from '../jobs/payment.ts'
import { remindersJob } from '../jobs/reminders.ts'
import type { Services } from '../world/services.ts'
import type { Job } from './worker.ts'

type MakeJob = (definitions: Definitions, services: Services) => Job

const JOBS: Readonly<Record<Step, MakeJob>> = {
  intake: intakeJob,
  payment: paymentJob,
  inventory: inventoryJob,
  notification: notificationJob,
  accounting: accountingJob,
  fulfilment: fulfilmentJob,
  reminders: remindersJob,
}

/** What the workers of a step do, with these services. */
export function jobOf(step: Step, definitions: Definitions, services: Services): Job {
  return JOBS[step](definitions, services)
}
