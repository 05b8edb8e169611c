import { createRun, removeFolder, type Run } from '../../process/run.ts'
import { type Command, createServer } from '../../process/server.ts'

/** Let a program run once until it serves, so that it leaves its class archive. Starts are twice as fast with it. */
export async function train(prepare: (run: Run) => Promise<Command>): Promise<void> {
  const run = createRun('training')
  try {
    const server = createServer(run, await prepare(run))
    await server.start()
    await server.end('SIGTERM')
  } finally {
    removeFolder(run.folder)
  }
}
