import { arch, cpus, platform } from 'node:os'
import { interleaved, type Samples } from '../measure/rounds.ts'
import { median, pairedRatio, spread } from '../measure/statistics.ts'
import { count, table } from '../measure/table.ts'
import { anymqContender } from './anymq-contender.ts'
import { featureBench } from './feature-bench.ts'
import { fastqContender } from './fastq-contender.ts'
import { goalTable, type Goal } from './goals.ts'
import { idleShare } from './idle.ts'
import { ringContender } from './ring-contender.ts'
import { startupTime } from './startup.ts'
import { label, type Work } from './work.ts'

const HEAD = ['case', 'who', 'msg/s', 'spread', 'CPU us/msg', 'of ring', 'of fastq']

/** Enough that a run is longer than the compiler's warm-up. */
const MESSAGES = 1_000_000

/** Prints every figure; true if every goal was met. */
export async function memoryBench(args: readonly string[]): Promise<boolean> {
  const quick = args.includes('--quick')
  const rounds = quick ? 3 : 7
  console.log(
    `node ${process.version}, ${platform()} ${arch()}, ${cpus().length} x ${cpus()[0]?.model.trim() ?? 'unknown'}; ${rounds} interleaved rounds, medians\n`,
  )
  const startup = startupTime()
  const idle = await idleShare(1000, [])
  const results = new Map<string, Result>()
  const rows: string[][] = []
  for (const work of works(quick)) {
    const samples = await interleaved([anymqContender(work), ringContender(work), fastqContender(work)], rounds)
    const result = resultOf(work, samples)
    results.set(label(work), result)
    rows.push(...rowsOf(work, samples, result))
    process.stderr.write(`measured: ${label(work)}\n`)
  }
  console.log(table(HEAD, rows))
  const isFast = goals(results, startup, idle)
  return (await featureBench(rounds, quick ? 50_000 : 100_000)) && isFast
}

/** Batch and concurrency on a short backlog; then the length of the backlog. */
function works(quick: boolean): Work[] {
  const codecs = ['bytes', 'json'] as const
  const short = codecs.flatMap((codec) =>
    [1, 100].flatMap((batch) =>
      [1, 100].map((concurrency): Work => ({
        codec,
        batch,
        concurrency,
        backlog: Math.max(10, batch),
        messages: MESSAGES,
      })),
    ),
  )
  const backlogs = quick ? [10, 100_000] : [10, 100_000, 1_000_000]
  const long = codecs.flatMap((codec) =>
    backlogs.map((backlog): Work => ({
      codec,
      batch: Math.min(100, backlog),
      concurrency: 100,
      backlog,
      messages: Math.max(MESSAGES, backlog),
    })),
  )
  return [...short, ...long]
}

interface Result {
  readonly rate: number
  readonly ofRing: number
  readonly ofFastq: number
}

function resultOf(work: Work, samples: Samples): Result {
  const time = (who: string): number[] => samples.get(who)!.map(({ milliseconds }) => milliseconds)
  return {
    rate: (work.messages / median(time('AnyMQ'))) * 1000,
    ofRing: pairedRatio(time('bare ring'), time('AnyMQ')),
    ofFastq: pairedRatio(time('fastq'), time('AnyMQ')),
  }
}

function rowsOf(work: Work, samples: Samples, result: Result): string[][] {
  return [...samples].map(([who, runs], index) => {
    const rates = runs.map(({ milliseconds }) => (work.messages / milliseconds) * 1000)
    const cpu = median(runs.map((run) => run.cpu / work.messages))
    const ours = who === 'AnyMQ'
    return [
      index === 0 ? label(work) : '',
      who,
      count(median(rates)),
      spread(rates).map(count).join(' to '),
      cpu.toFixed(2),
      ours ? result.ofRing.toFixed(2) : '',
      ours ? result.ofFastq.toFixed(2) : '',
    ]
  })
}

function goals(results: ReadonlyMap<string, Result>, startup: number, idle: number): boolean {
  const result = (codec: Work['codec'], backlog: number): Result | undefined =>
    results.get(label({ codec, batch: Math.min(100, backlog), concurrency: 100, backlog, messages: 0 }))
  const checks: Goal[] = []
  const add = (what: string, value: number, wanted: string, isMet: boolean): unknown =>
    checks.push({ what, value, wanted, isMet })
  const fast = result('bytes', 100)!
  add('bytes, sendBatch, synchronous handler: msg/s', fast.rate, 'at least 1,000,000', fast.rate >= 1_000_000)
  const textual = result('json', 100)!
  add('JSON against its twin on a bare ring', textual.ofRing, 'at least 0.6', textual.ofRing >= 0.6)
  for (const codec of ['bytes', 'json'] as const) {
    const long = result(codec, 1_000_000)
    if (long === undefined) continue
    const kept = long.ofRing / result(codec, 10)!.ofRing
    add(`${codec}: ratio to the ring at a backlog of 1 M against 10`, kept, 'at least 0.8', kept >= 0.8)
  }
  add('import and connect, ms', startup, 'under 100', startup < 100)
  add('1,000 idle queues, % of a core', idle * 100, 'under 1', idle < 0.01)
  return goalTable(checks)
}
