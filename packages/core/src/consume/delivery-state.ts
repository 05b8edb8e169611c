/** Where a delivery stands. Numbers in order: from SETTLING on, a further settlement is refused. */
export type DeliveryState = 0 | 1 | 2 | 3 | 4

/** Leased, waiting for a handler or a pull. */
export const READY = 0
/** A handler runs it, or a user who pulled it holds it. */
export const TAKEN = 1
/** Its settlement is on the way. */
export const SETTLING = 2
/** The broker has taken the settlement. */
export const SETTLED = 3
/** The lease is gone: the message belongs to somebody else. */
export const LOST = 4
