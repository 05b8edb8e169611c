/** A message in our hands until its visibility timeout ends. */
export interface Receipt {
  readonly handle: string
  /** Monotonic, counted from before the request that set it: never later than at the server. */
  leaseUntil: number
}

export function receiptFor(handle: string, leaseUntil: number): Receipt {
  return { handle, leaseUntil }
}
