import { parseRequest, type Request } from './program/parse.ts'
import { status } from './program/status.ts'
import { time } from './program/time.ts'
import { down, logs, up } from './program/up.ts'

const progress = (line: string) => console.error(line)

async function answer(request: Request): Promise<string> {
  switch (request.command) {
    case 'status':
      return status()
    case 'time':
      return time(request.install, progress)
    case 'logs':
      return logs(request.wanted)
    case 'up': {
      const { id, product, version, source, url } = await up(request.wanted, request.install, progress)
      return `${url}\n${product} ${version}, ${source}. It runs until: npm run brokers -- down ${id}`
    }
    case 'down': {
      const ended = await down(request.wanted)
      return ended.length === 0 ? 'Nothing to end.' : `Ended: ${ended.map(({ id }) => id).join(', ')}.`
    }
  }
}

try {
  console.log(await answer(parseRequest(process.argv.slice(2))))
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}
