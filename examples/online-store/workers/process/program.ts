import { definitionsWith } from '../../definitions.ts'
import { connectTo } from '../../place/place.ts'
import { InProcessWorker } from '../in-process-worker.ts'
import { jobOf } from '../roles.ts'
import type { FromWorker, ToWorker } from './protocol.ts'
import { RemoteServices } from './remote-services.ts'

// A worker of the online store as a process of its own. Its employer speaks to it and hears from it; when that one is gone, it goes.

let remote: RemoteServices | undefined

process.on('message', (message: ToWorker) => {
  if (message.say === 'begin') void begin(message)
  else remote?.heard(message)
})
process.on('disconnect', () => process.exit(0))
// Ctrl-C reaches every process of the terminal; the employer says when to go.
process.on('SIGINT', () => {})

async function begin({ step, name, address, parts, seed }: Extract<ToWorker, { say: 'begin' }>): Promise<void> {
  remote = new RemoteServices(seed, say)
  const job = jobOf(step, definitionsWith(parts), remote.services)
  try {
    const worker = await InProcessWorker.hire(name, job, connectTo(address), (fact) => say({ say: 'fact', fact }))
    const working = worker.work(job, ['SIGTERM'])
    say({ say: 'ready' })
    await working
    await worker.close()
  } catch (error) {
    say({ say: 'refused', why: (error as Error).message })
    process.exitCode = 1
  }
  process.disconnect()
}

function say(message: FromWorker): void {
  if (process.connected) process.send!(message)
}
