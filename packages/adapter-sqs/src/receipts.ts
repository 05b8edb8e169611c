/** A message in our hands until its visibility timeout ends. */
export interface Receipt {
  readonly handle: string
  /** Monotonic; never later than at the server. Moves with each renewal. */
  leaseUntil: number
}
