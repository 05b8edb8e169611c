import { existsSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { isRunning } from '../process/pid.ts'
import { removeFolder } from '../process/run.ts'
import { endTagged } from '../process/tagged.ts'

const [runId = '', folder = '', pid = '', started = ''] = process.argv.slice(2)
const owner = { pid: Number(pid), started }

process.stdout.on('error', () => {})
process.stdout.write('watching\n')
while (isRunning(owner) && existsSync(folder)) await sleep(200)
if (!isRunning(owner)) {
  // Twice: a process may have been between its birth and its name when the first look came.
  await endTagged(runId)
  await sleep(200)
  await endTagged(runId)
  removeFolder(folder)
}
