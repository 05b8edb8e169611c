import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Release } from '../../broker/release.ts'
import type { Run } from '../../process/run.ts'
import type { Command } from '../../process/server.ts'
import { cacheFolder } from '../../sources/cache-folder.ts'
import { installOnce } from '../../sources/install-once.ts'
import type { Found, Ports, Recipe } from '../recipe.ts'
import { askRabbitMq } from './ask-rabbitmq.ts'
import { debianRootObstacle, makeDebianRoot, rabbitVersionIn, runInside } from './debian-root.ts'
import { nodeEnvironment } from './node-environment.ts'

const program = '/usr/lib/rabbitmq/bin/rabbitmq-server'

/** The Debian that brings each line. A suite moves on with time: what came is told by the running broker. */
const suites: Readonly<Record<string, string>> = { '4.3': 'forky', '3.10': 'bookworm' }

/** RabbitMQ as Debian packages it: on this machine, or in a root folder of its own. */
export function rabbitMqRecipe({ version: line }: Release): Recipe {
  const home = join(cacheFolder(), `rabbitmq-${line}`)
  const suite = suites[line]!
  return {
    find: () => onMachine(line) ?? inCache(home),
    obstacle: debianRootObstacle,
    installs: `RabbitMQ from Debian ${suite} with debootstrap (245 MB on disk)`,
    async install(onProgress) {
      await installOnce(home, (folder, env) => makeDebianRoot(folder, suite, env, onProgress), onProgress)
      return inCache(home)!
    },
    prepare: (found, run, ports) => {
      const start = found.source === 'machine' ? plain(run, ports) : inRoot(found, run, ports)
      return Promise.resolve({ ...start, ...behaviour(line, ports) })
    },
  }
}

function onMachine(line: string): Found | undefined {
  const version = existsSync(program) ? rabbitVersionIn('/') : undefined
  return version?.startsWith(`${line}.`) ? { home: '/', version, source: 'machine' } : undefined
}

function inCache(home: string): Found | undefined {
  const version = rabbitVersionIn(home)
  return version === undefined ? undefined : { home, version, source: 'installed' }
}

type Start = Omit<Command, 'stopSignal' | 'ask'>

function plain(run: Run, ports: Ports): Start {
  const env = nodeEnvironment(run.folder, run.folder, ports)
  return { file: program, args: [], env, cleanEnv: true }
}

/**
 * The root is mounted read-only and the run's folder into it, in a namespace that ends with the last process:
 * runs share the root, and there is nothing to unmount.
 */
function inRoot({ home }: Found, run: Run, ports: Ports): Start {
  const env = { ...nodeEnvironment(run.folder, runInside, ports), ROOT: home, RUN: run.folder }
  const script = [
    'set -e',
    'mount --bind "$ROOT" "$ROOT"',
    'mount -o remount,bind,ro "$ROOT"',
    'mount -t proc proc "$ROOT/proc"',
    `mount --bind "$RUN" "$ROOT${runInside}"`,
    `exec chroot "$ROOT" ${program}`,
  ].join('\n')
  const args = ['--mount', '--propagation', 'private', 'sh', '-c', script]
  return { file: 'unshare', args, env, cleanEnv: true }
}

/** 3.10 needs 6 s to end in its own way. */
function behaviour(line: string, { client }: Ports): Pick<Command, 'stopSignal' | 'ask'> {
  return {
    stopSignal: line === '3.10' ? 'SIGKILL' : 'SIGTERM',
    ask: () => askRabbitMq(`amqp://guest:guest@127.0.0.1:${client}`),
  }
}
