import { Defer, handle, queue, type, type Duration, type Subscription } from '@anymq/core'

/** What the mail provider's client throws. */
export class Busy extends Error {}
export class Down extends Error {}

export const mails = queue('mails', {
  schema: type<{ to: string }>(),
  concurrency: 2,
  retry: { attempts: 3 },
})

// #region rate
/** The provider allows 5 mails a second: no more than that are started here. */
export function mailing(send: (to: string) => Promise<void>) {
  return handle(mails, async ({ body }) => send(body.to), { rate: { max: 5, per: '1s' } })
}
// #endregion

// #region outage
/** The provider may also say so itself, or not answer at all. */
export function patientMailing(send: (to: string) => Promise<void>) {
  return handle(mails, async ({ body }) => {
    try {
      await send(body.to)
    } catch (error) {
      if (error instanceof Busy) throw new Defer('10s') // this one later; the others go on
      if (error instanceof Down) throw new Defer('1m', { pause: true }) // nobody asks for a minute
      throw error // this mail's own fault: an attempt
    }
  })
}
// #endregion

// #region maintenance
/** The provider has announced that it will be away. */
export function pauseFor(work: Subscription, length: Duration): void {
  work.pause({ for: length }) // resumes by itself; `work.resume()` ends it sooner
}
// #endregion
