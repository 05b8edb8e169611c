/** Call what should return a promise; what it throws instead becomes a rejection. A driver that throws must not tear a caller's state. */
export function guardedCall<T>(call: () => Promise<T>): Promise<T> {
  try {
    return call()
  } catch (error) {
    return Promise.reject(error)
  }
}
