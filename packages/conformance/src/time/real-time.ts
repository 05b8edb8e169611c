import { setTimeout as sleep } from 'node:timers/promises'
import { TimeOver, type Alarm, type Time } from './time.ts'

/** Milliseconds between two looks at a condition. */
const LOOK = 5

/** The machine's time. Processes of one machine share its origin, to within a millisecond. */
export const realTime: Time = Object.freeze({
  clock: undefined,
  timersLeft: undefined,
  now: () => performance.timeOrigin + performance.now(),
  sleep: (ms: number) => sleep(ms),
  alarm: realAlarm,
  change: () => sleep(LOOK),
  run: async <T>(what: string, work: () => Promise<T>, limit: number): Promise<T> => {
    const { promise, reject } = Promise.withResolvers<never>()
    const timer = setTimeout(() => reject(new TimeOver(`${what} did not end within ${limit} ms`)), limit)
    try {
      return await Promise.race([work(), promise])
    } finally {
      clearTimeout(timer)
    }
  },
})

function realAlarm(ms: number): Alarm {
  const state = { rang: false, cancel: () => clearTimeout(timer) }
  const timer = setTimeout(() => (state.rang = true), ms)
  return state
}
