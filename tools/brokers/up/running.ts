import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { allowed, type ReleaseId, releasesFor } from '../broker/release.ts'
import { removeFolder, type Run } from '../process/run.ts'
import { type ProcessIdentity, isRunning } from '../process/pid.ts'
import { endTagged } from '../process/tagged.ts'
import { cacheFolder } from '../sources/cache-folder.ts'

/** A broker that `up` left running, as it is written down for `down`. */
export interface Running {
  readonly id: ReleaseId
  readonly product: string
  readonly version: string
  readonly source: string
  readonly url: string
  readonly run: Run
  readonly process: ProcessIdentity
}

const folder = () => join(cacheFolder(), 'up')
const fileOf = (id: ReleaseId) => join(folder(), `${id}.json`)

export function writeDown(record: Running): void {
  mkdirSync(folder(), { recursive: true })
  writeFileSync(fileOf(record.id), `${JSON.stringify(record, null, 2)}\n`)
}

/**
 * What runs from `up`. Records of brokers that ended otherwise are taken out, with what they left.
 *
 * @param wanted a name, with or without a version; default: everything
 */
export async function running(wanted?: string): Promise<readonly Running[]> {
  const ids = wanted === undefined ? undefined : releasesFor(wanted).map(({ id }) => id)
  const found = records().filter(({ id }) => !ids || ids.includes(id))
  const dead = found.filter((record) => !isRunning(record.process))
  for (const record of dead) await end(record)
  return found.filter((record) => !dead.includes(record))
}

export async function end({ id, run }: Running): Promise<void> {
  await endTagged(run.id)
  removeFolder(run.folder)
  rmSync(fileOf(id), { force: true })
}

function records(): readonly Running[] {
  const names = allowed.filter((id) => list().includes(`${id}.json`))
  return names.map((id) => JSON.parse(readFileSync(join(folder(), `${id}.json`), 'utf8')))
}

function list(): readonly string[] {
  try {
    return readdirSync(folder())
  } catch {
    return []
  }
}
