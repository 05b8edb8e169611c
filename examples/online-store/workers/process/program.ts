import { connectTo } from '../../place/place.ts'
import { rolesWith } from '../roles.ts'
import type { Worker } from '../worker.ts'
import type { FromWorker, ToWorker } from './protocol.ts'
import { RemoteServices } from './remote-services.ts'

// A worker of the online store as a process of its own. Its employer speaks to it and hears from it; when that one is gone, it goes.

let worker: Worker | undefined
let remote: RemoteServices | undefined

process.on('message', (message: ToWorker) => {
  if (message.say === 'begin') void begin(message)
  else if (message.say === 'close') void close()
  else remote?.heard(message)
})
process.on('disconnect', () => process.exit(0))
// Ctrl-C reaches every process of the terminal; the employer says when to go.
process.on('SIGINT', () => {})

async function begin({ step, name, address, seed }: Extract<ToWorker, { say: 'begin' }>): Promise<void> {
  remote = new RemoteServices(seed, say)
  try {
    worker = await rolesWith(remote.services)[step](name, connectTo(address), (fact) => say({ say: 'fact', fact }))
    say({ say: 'ready' })
  } catch (error) {
    say({ say: 'refused', why: (error as Error).message })
  }
}

async function close(): Promise<void> {
  await worker?.close()
  process.disconnect()
}

function say(message: FromWorker): void {
  if (process.connected) process.send!(message)
}
