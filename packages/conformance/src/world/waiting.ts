import type { Time } from '../time/time.ts'

/** What a case waited for did not come. Told with what was there instead. */
class NeverCame extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'NeverCame'
  }
}

/**
 * Wait on a condition. `what` names it in the verdict, as in `all three handled; two were`; a function says what is there by then.
 *
 * @throws NeverCame after `patience` milliseconds
 */
export async function until(
  time: Time,
  patience: number,
  condition: () => boolean | Promise<boolean>,
  what: string | (() => string),
): Promise<void> {
  // An alarm, because virtual time goes only where timers are.
  const alarm = time.alarm(patience)
  try {
    while (!(await condition())) {
      if (alarm.rang) throw new NeverCame(`waited ${patience} ms for: ${typeof what === 'string' ? what : what()}`)
      await time.change(alarm)
    }
  } finally {
    alarm.cancel()
  }
}

/** Wait for a promise, and name it when it does not settle in time. */
export async function within<T>(time: Time, patience: number, promise: Promise<T>, what: string): Promise<T> {
  const state = { isOver: false }
  const over = (): void => void (state.isOver = true)
  void promise.then(over, over)
  await until(time, patience, () => state.isOver, what)
  return promise
}
