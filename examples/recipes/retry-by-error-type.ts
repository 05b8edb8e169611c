import { DeadLetter, exponential, handle, queue, RetryAfter, type } from '@anymq/core'

/** What your HTTP client throws. */
export class HttpError extends Error {
  readonly status: number
  readonly retryAfter: number | undefined
  constructor(status: number, retryAfter?: number) {
    super(`the server answered ${status}`)
    this.status = status
    this.retryAfter = retryAfter
  }
}

export const invoices = queue('invoices', {
  schema: type<{ id: string }>(),
  retry: {
    attempts: 6,
    backoff: exponential('1s', '1m'),
    when: (error) => !isOurFault(error), // false: a dead letter at once
  },
})

/** 400, 404, 422: the next try would get the same answer. Not so 408 and 429. */
function isOurFault(error: unknown): boolean {
  if (!(error instanceof HttpError) || error.status === 408 || error.status === 429) return false
  return error.status >= 400 && error.status < 500
}

export function invoicing(post: (id: string) => Promise<void>) {
  return handle(invoices, async ({ body }) => {
    if (body.id === '') throw new DeadLetter('an invoice without a number') // the handler knows it
    try {
      await post(body.id)
    } catch (error) {
      // The server says when: in place of the backoff.
      if (error instanceof HttpError && error.retryAfter !== undefined) throw new RetryAfter(error.retryAfter * 1000)
      throw error // `when` and the backoff decide
    }
  })
}
