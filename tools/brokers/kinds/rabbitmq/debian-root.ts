import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { findProgram } from '../../process/find-program.ts'
import { runProgram } from '../../process/run-program.ts'
import type { Progress } from '../../sources/install-once.ts'
import type { Obstacle } from '../recipe.ts'

/** Where the run's folder is seen inside a root. */
export const runInside = '/node'

/** A root of its own keeps the machine clean, and needs an administrator of a Debian. */
export function debianRootObstacle(): Obstacle | undefined {
  const advice = 'Run a Docker engine, or start a RabbitMQ yourself and name it in ANYMQ_TEST_RABBITMQ_URL.'
  if (!mirrorOf()) return { reason: 'it is installed from Debian packages, and this is no Debian.', advice }
  if (process.getuid?.() !== 0) return { reason: 'a root folder of Debian can be made by root only.', advice }
  return undefined
}

/** Make a minimal Debian with RabbitMQ in it. Mounts are made in a namespace of their own and end with it. */
export async function makeDebianRoot(
  folder: string,
  suite: string,
  env: NodeJS.ProcessEnv,
  onProgress: Progress,
): Promise<void> {
  await needDebootstrap(onProgress)
  const steps = seldom((line: string) =>
    onProgress(`Debian ${suite}: ${line.replace(/^I: | on \w+:.*$/g, '').toLowerCase()}`),
  )
  const packages = ['--variant=minbase', '--include=rabbitmq-server']
  // A suite that is newer than this machine's debootstrap is made like any other: by the script of the newest.
  const script = '/usr/share/debootstrap/scripts/sid'
  const args = ['--mount', 'debootstrap', ...packages, suite, folder, mirrorOf()!, script]
  await runProgram('unshare', args, { env: { ...env, DEBIAN_FRONTEND: 'noninteractive' }, onLine: steps })
  await runProgram('rm', ['-rf', join(folder, 'var/cache/apt'), join(folder, 'var/lib/apt/lists')])
  writeFileSync(join(folder, 'etc/hosts'), '127.0.0.1 localhost\n')
  mkdirSync(join(folder, runInside))
}

/** The version of RabbitMQ below a root, as its folder is called. */
export function rabbitVersionIn(root: string): string | undefined {
  try {
    const names = readdirSync(join(root, 'usr/lib/rabbitmq/lib'))
    return names.flatMap((name) => /^rabbitmq_server-(.+)$/.exec(name)?.[1] ?? []).at(0)
  } catch {
    return undefined
  }
}

/** Without the mark of the install: a package manager that is killed on its way leaves the machine in pieces. */
async function needDebootstrap(onProgress: Progress): Promise<void> {
  if (findProgram('debootstrap')) return
  onProgress('installing debootstrap with apt-get')
  await runProgram('apt-get', ['update', '-qq'])
  const args = ['install', '-y', '-qq', '--no-install-recommends', 'debootstrap']
  await runProgram('apt-get', args, { env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } })
}

/** Of lines that come quickly, let one pass every three seconds. */
function seldom(tell: (line: string) => void): (line: string) => void {
  let next = 0
  return (line) => {
    if (performance.now() < next || !line.startsWith('I: ')) return
    next = performance.now() + 3000
    tell(line)
  }
}

/** The mirror that this machine uses itself. */
function mirrorOf(): string | undefined {
  if (!/^ID=debian$/m.test(read('/etc/os-release'))) return undefined
  const listed = /^URIs:\s*(\S+)/m.exec(read('/etc/apt/sources.list.d/debian.sources'))
  const old = /^deb\s+(?:\[[^\]]*\]\s+)?(\S+)/m.exec(read('/etc/apt/sources.list'))
  return listed?.[1] ?? old?.[1]
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
