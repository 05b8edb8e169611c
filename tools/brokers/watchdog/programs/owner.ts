import { spawn } from 'node:child_process'
import { createRun } from '../../process/run.ts'
import { runTag } from '../../process/tagged.ts'
import { startWatchdog } from '../watchdog.ts'

/** An owner of a run with one sleeping process, for the test that kills it. */
const run = createRun('test')
await startWatchdog({ runId: run.id, folder: run.folder })
const sleeper = spawn('sleep', ['60'], { detached: true, stdio: 'ignore', env: { ...process.env, [runTag]: run.id } })
sleeper.unref()
process.stdout.write(JSON.stringify({ folder: run.folder, sleeper: sleeper.pid }))
setInterval(() => {}, 1000)
