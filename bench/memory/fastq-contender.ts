import fastq from 'fastq'
import type { Contender } from '../measure/rounds.ts'
import { bodyOf, CODECS, weigh, type Work } from './work.ts'

/** What people use for work within one process: fastq with callbacks, and the same codec work. */
export function fastqContender(work: Work): Contender {
  return { name: 'fastq', prepare: async () => ({ run: () => run(work), end: async () => undefined }) }
}

async function run(work: Work): Promise<void> {
  const codec = CODECS[work.codec]
  const body = bodyOf(work.codec)
  let sum = 0
  const worker = fastq<unknown, Uint8Array, void>((encoded, done) => {
    sum += weigh(codec.decode(encoded))
    // Called at once, fastq recurses to the depth of its backlog.
    process.nextTick(done, null)
  }, work.concurrency)
  for (let left = work.messages; left > 0; left -= work.backlog) {
    const size = Math.min(left, work.backlog)
    worker.pause()
    for (let i = 0; i < size; i++) worker.push(codec.encode(body))
    const drained = new Promise<void>((resolve) => (worker.drain = resolve))
    worker.resume()
    await drained
  }
  if (sum === 0) throw new Error('nothing was handled')
}
