import { createRun, removeFolder, type Run } from '../../process/run.ts'
import { endTagged } from '../../process/tagged.ts'
import { type Command, createServer } from '../../process/server.ts'

/** The archive is written at the end, which takes 3 s alone and ten times that beside other work. */
const archiveWithin = 120_000

/** Let a program run once until it serves, so that it leaves its class archive. Starts are twice as fast with it. */
export async function train(prepare: (run: Run) => Promise<Command>): Promise<void> {
  const run = createRun('training')
  try {
    const server = createServer(run, await prepare(run))
    await server.start()
    await server.end('SIGTERM', archiveWithin)
  } finally {
    await endTagged(run.id)
    removeFolder(run.folder)
  }
}
