import { allowed, releasesFor, type Wanted } from '../broker/release.ts'

/** What the program was asked to do. */
export type Request =
  | { readonly command: 'status' | 'time'; readonly install: boolean }
  | { readonly command: 'up' | 'logs'; readonly wanted: Wanted; readonly install: boolean }
  | { readonly command: 'down'; readonly wanted: Wanted | undefined; readonly install: boolean }

const usage = `npm run brokers -- status                what this machine can have, from where, and what runs
npm run brokers -- up NAME [--no-install]  start a broker and leave it running
npm run brokers -- down [NAME]           end it, or all, and delete its data
npm run brokers -- logs NAME             the tail of its log
npm run brokers -- time                  how long the newest three need to start together
NAME is one of: ${allowed.join(', ')}`

/** Throws a RangeError that names what was found and what is allowed. */
export function parseRequest(args: readonly string[]): Request {
  const flags = args.filter((word) => word.startsWith('-'))
  const [command = 'status', name, ...more] = args.filter((word) => !word.startsWith('-'))
  const strange = flags.find((flag) => flag !== '--no-install') ?? more[0]
  if (strange !== undefined) throw new RangeError(`'${strange}' is not understood.\n${usage}`)
  const install = flags.length === 0
  switch (command) {
    case 'status':
    case 'time':
      if (name !== undefined) throw new RangeError(`'${command}' takes no name, but got '${name}'.`)
      return { command, install }
    case 'up':
    case 'logs':
      if (name === undefined) throw new RangeError(`'${command}' needs a name: ${allowed.join(', ')}.`)
      return { command, wanted: checked(name), install }
    case 'down':
      return { command, wanted: name === undefined ? undefined : checked(name), install }
    default:
      throw new RangeError(`There is no command '${command}'. Allowed: status, up, down, logs, time.\n${usage}`)
  }
}

function checked(name: string): Wanted {
  releasesFor(name)
  return name as Wanted
}
