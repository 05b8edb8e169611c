/** One way of doing the same work. */
export interface Contender {
  readonly name: string
  /** Do the work for this many messages. What is set up and torn down outside the returned function is not measured. */
  prepare(): Promise<{ run(): Promise<void>; end(): Promise<void> }>
}

/** What one run took. */
interface Sample {
  readonly milliseconds: number
  /** Time of all threads of this process, microseconds. */
  readonly cpu: number
}

export type Samples = ReadonlyMap<string, readonly Sample[]>

/**
 * Run every contender once per round, so that a machine that slows down slows all of them; the order turns from round to round.
 * The first round warms up and does not count.
 */
export async function interleaved(contenders: readonly Contender[], rounds: number): Promise<Samples> {
  const samples = new Map<string, Sample[]>(contenders.map(({ name }) => [name, []]))
  for (let round = 0; round <= rounds; round++) {
    for (let i = 0; i < contenders.length; i++) {
      const contender = contenders[(i + round) % contenders.length]!
      const sample = await once(contender)
      if (round > 0) samples.get(contender.name)!.push(sample)
    }
  }
  return samples
}

async function once(contender: Contender): Promise<Sample> {
  const job = await contender.prepare()
  globalThis.gc?.()
  const cpu = process.cpuUsage()
  const start = performance.now()
  await job.run()
  const milliseconds = performance.now() - start
  const used = process.cpuUsage(cpu)
  await job.end()
  return { milliseconds, cpu: used.user + used.system }
}
