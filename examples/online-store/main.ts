import { MqError } from '@anymq/core'
import { checkStore } from './check/check-store.ts'
import { expectedOf } from './check/expected.ts'
import { BadOption, HELP, readOptions, type Options } from './options.ts'
import { readOrderFiles, type OrderFiles } from './order-files.ts'
import { leftOut } from './parts.ts'
import { Clock } from './screen/clock.ts'
import { watch } from './screen/progress.ts'
import { summary, verdictLines } from './screen/report.ts'
import { openScreen } from './screen/screen.ts'
import { Teller } from './screen/teller.ts'
import { findPlace } from './place/find-place.ts'
import type { Place } from './place/place.ts'
import { openStore } from './store.ts'
import { Stuck, tellStory } from './story.ts'

const BAD_ARGUMENTS = 2

await main().then(
  (code) => (process.exitCode = code),
  (error: unknown) => {
    const expected = MqError.is(error) || error instanceof Stuck
    console.error(expected ? error.message : error)
    // What still waits somewhere in the story must not keep a failed demo alive.
    process.exit(1)
  },
)

/** Resolves with the exit code. */
async function main(): Promise<number> {
  let options: Options
  let files: OrderFiles
  try {
    options = readOptions(process.argv.slice(2))
    files = await readOrderFiles(options.orders)
  } catch (error) {
    if (!(error instanceof BadOption)) throw error
    console.error(`${error.message}\n\n${HELP}`)
    return BAD_ARGUMENTS
  }
  if (!options.help) return open(files, options)
  console.log(HELP)
  return 0
}

async function open(files: OrderFiles, { broker, mask, seed }: Options): Promise<number> {
  const place = await findPlace({ broker, mask, url: process.env['ANYMQ_URL'] }, (line) => console.log(line))
  try {
    return await run(place, files, seed)
  } finally {
    await place.close()
  }
}

async function run(place: Place, files: OrderFiles, seed: number): Promise<number> {
  const clock = new Clock()
  const screen = openScreen(process.stdout)
  const store = await openStore(place, files, seed)
  screen.say(`An online store on AnyMQ. Broker: ${place.text}.\n`)
  const missing = leftOut(store.offer.parts)
  if (missing.length > 0) screen.say(`  not on this broker yet: ${missing.join(', ')}\n`)
  const progress = watch(store, screen, clock)
  try {
    const evidence = await tellStory(store, new Teller(screen, clock))
    await progress.stop()
    const verdicts = checkStore(expectedOf(files), evidence)
    for (const line of [...summary(store, clock), ...verdictLines(verdicts)]) screen.say(line)
    return verdicts.every(({ faults }) => faults.length === 0) ? 0 : 1
  } finally {
    await progress.stop()
    await store.close()
  }
}
