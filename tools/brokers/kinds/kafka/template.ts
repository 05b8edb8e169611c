import { randomBytes } from 'node:crypto'
import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { runProgram } from '../../process/run-program.ts'
import { kafkaSettings } from './settings.ts'

const folderName = 'formatted'

/**
 * Format an empty data folder once. A run copies it, which saves starting a Java for every run.
 *
 * @param home where the jars are, and where the folder is put
 */
export async function formatTemplate(home: string, major: number, env: NodeJS.ProcessEnv): Promise<void> {
  const settings = join(home, 'format.properties')
  writeFileSync(settings, kafkaSettings(join(home, folderName), { client: 1, behindProxy: 2, inner: [3, 4] }, major))
  // With '=': an id may begin with a dash.
  const args = ['format', `--cluster-id=${newId()}`, '-c', settings]
  const java = ['-Xmx128m', '-XX:TieredStopAtLevel=1', '-XX:-UsePerfData', '-cp', 'libs/*']
  await runProgram('java', [...java, 'kafka.tools.StorageTool', ...args], { cwd: home, env })
}

/** Give a run its own empty data folder, of a cluster with an id of its own. */
export function copyTemplate(home: string, dataFolder: string): void {
  cpSync(join(home, folderName), dataFolder, { recursive: true })
  const file = join(dataFolder, 'meta.properties')
  const renamed = readFileSync(file, 'utf8').replace(
    /^(cluster\.id|directory\.id)=.*$/gm,
    (_, key) => `${key}=${newId()}`,
  )
  writeFileSync(file, renamed)
}

/** 16 random bytes as Kafka writes its ids. */
function newId(): string {
  return randomBytes(16).toString('base64url')
}
