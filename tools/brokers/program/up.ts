import { startLocal } from '../broker/local-broker.ts'
import { releasesFor, type Wanted } from '../broker/release.ts'
import { obtain } from '../broker/obtain.ts'
import { identityOf } from '../process/pid.ts'
import { logTail } from '../process/log-tail.ts'
import { end, running, type Running, writeDown } from '../up/running.ts'

/** Start a broker and leave it running, or find the one that runs. */
export async function up(wanted: Wanted, install: boolean, onProgress: (line: string) => void): Promise<Running> {
  const [already] = await running(wanted)
  if (already) return already
  const options = { install, onProgress }
  const { release, recipe, found } = await obtain(wanted, releasesFor(wanted), options)
  const broker = await startLocal(release, recipe, found, options)
  const { product, version, source, url, run, pid } = broker
  const record = { id: release.id, product, version, source, url, run, process: identityOf(pid) }
  writeDown(record)
  broker.leaveRunning()
  return record
}

/** End what runs, and return what it was. */
export async function down(wanted: Wanted | undefined): Promise<readonly Running[]> {
  const found = await running(wanted)
  for (const record of found) await end(record)
  return found
}

/** The log of a broker that runs. Rejects when none does. */
export async function logs(wanted: Wanted): Promise<string> {
  const [record] = await running(wanted)
  if (!record) throw new Error(`No ${wanted} runs from 'up'.`)
  return logTail(record.run.logFile, 200)
}
