import type { Definitions } from '../definitions.ts'

/** The queue of a step that not every broker can serve. Its workers are hired only where it is there. */
export function there<Step extends 'fulfilment' | 'reminders'>(
  definitions: Definitions,
  step: Step,
): NonNullable<Definitions[Step]> {
  const queue = definitions[step]
  if (queue === undefined) throw new Error(`there is no ${step} on this broker`)
  return queue
}
