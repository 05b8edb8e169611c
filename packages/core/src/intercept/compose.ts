import { MqError, textOf } from '../errors.ts'
import { show } from '../options/show.ts'
import type { Interceptor } from './interceptor.ts'

type Hook = Exclude<keyof Interceptor, 'name'>
/** What a hook wraps. */
export type Hooked<H extends Hook> = Parameters<NonNullable<Interceptor[H]>>[0]

/**
 * One function of all interceptors around `innermost`; that itself where none has such a hook.
 *
 * @throws MQ_CONFIG for a hook that throws or returns no function
 */
export function composed<H extends Hook>(
  interceptors: readonly Interceptor[],
  hook: H,
  where: string,
  innermost: Hooked<H>,
): Hooked<H> {
  let next = innermost
  for (let index = interceptors.length - 1; index >= 0; index--) {
    const interceptor = interceptors[index]!
    if (interceptor[hook] !== undefined) next = wrapped(interceptor, hook, where, next)
  }
  return next
}

function wrapped<H extends Hook>(interceptor: Interceptor, hook: H, where: string, next: Hooked<H>): Hooked<H> {
  const subject = `the interceptor "${interceptor.name}": ${hook}`
  let made: unknown
  try {
    made = (interceptor[hook] as (next: Hooked<H>, where: string) => unknown).call(interceptor, next, where)
  } catch (error) {
    throw new MqError('MQ_CONFIG', `${subject} threw for "${where}": ${textOf(error)}`, { cause: error })
  }
  if (typeof made === 'function') return made as Hooked<H>
  throw new MqError('MQ_CONFIG', `${subject} returned ${show(made)} for "${where}"; return a function, or next itself`)
}
