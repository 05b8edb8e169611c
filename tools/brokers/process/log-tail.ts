import { closeSync, fstatSync, openSync, readSync } from 'node:fs'

/** The last lines of a log file, or nothing when there is no such file. */
export function logTail(file: string, lines = 40): string {
  let handle: number
  try {
    handle = openSync(file, 'r')
  } catch {
    return ''
  }
  try {
    const { size } = fstatSync(handle)
    const buffer = Buffer.alloc(Math.min(size, 65_536))
    readSync(handle, buffer, 0, buffer.length, size - buffer.length)
    return buffer.toString('utf8').trimEnd().split('\n').slice(-lines).join('\n')
  } finally {
    closeSync(handle)
  }
}
