/** Milliseconds by the machine's own clock: it never goes back, and all processes of the machine read the same one. */
export function now(): number {
  return Number(process.hrtime.bigint()) / 1e6
}
