import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Release } from '../../broker/release.ts'
import type { Run } from '../../process/run.ts'
import type { Command } from '../../process/server.ts'
import { freePort } from '../../process/free-port.ts'
import { cacheFolder } from '../../sources/cache-folder.ts'
import { installOnce } from '../../sources/install-once.ts'
import { fetchJars, type Jar, jarsObstacle } from '../java/jars.ts'
import { javaCommand } from '../java/java-command.ts'
import { train } from '../java/train.ts'
import type { Found, Ports, Recipe } from '../recipe.ts'
import { askKafka } from './ask-kafka.ts'
import { kafkaLogging } from './logging.ts'
import { kafkaSettings } from './settings.ts'
import { copyTemplate, formatTemplate } from './template.ts'

/** Apache Kafka from its published jars. */
export function kafkaRecipe({ version }: Release): Recipe {
  const home = join(cacheFolder(), `kafka-${version}`)
  const major = Number.parseInt(version, 10)
  const found: Found = { home, version, source: 'installed' }
  return {
    find: () => (existsSync(home) ? found : undefined),
    obstacle: jarsObstacle,
    installs: `Apache Kafka ${version} with Maven (45 MB)`,
    async install(onProgress) {
      await installOnce(
        home,
        async (folder, env) => {
          onProgress(`Kafka ${version}: fetching jars`)
          await fetchJars(folder, jarsOf(version, major), env)
          onProgress(`Kafka ${version}: making an empty data folder`)
          await formatTemplate(folder, major, env)
          onProgress(`Kafka ${version}: one start, to make its class archive`)
          await train((run) => prepareTraining(folder, run, major))
        },
        onProgress,
      )
      return found
    },
    prepare: (_, run, ports) => prepare({ home, run, ports, major, train: false }),
  }
}

/** Kafka 4 logs through log4j 2 and brings slf4j 1.7; Kafka 3 brings reload4j without its binding. */
function jarsOf(version: string, major: number): readonly Jar[] {
  const binding: Jar =
    major >= 4 ? 'org.apache.logging.log4j:log4j-slf4j-impl:2.25.3' : 'org.slf4j:slf4j-reload4j:1.7.36'
  return [`org.apache.kafka:kafka_2.13:${version}`, binding]
}

async function prepareTraining(home: string, run: Run, major: number): Promise<Command> {
  const ports: Ports = { client: await freePort(), behindProxy: 0, inner: [await freePort(), 0] }
  return prepare({ home, run, ports, major, train: true })
}

interface Preparation {
  readonly home: string
  readonly run: Run
  readonly ports: Ports
  readonly major: number
  readonly train: boolean
}

async function prepare({ home, run, ports, major, train: training }: Preparation): Promise<Command> {
  const settings = join(run.folder, 'server.properties')
  copyTemplate(home, join(run.folder, 'data'))
  writeFileSync(settings, kafkaSettings(join(run.folder, 'data'), ports, major))
  const flags = ['-Xms256m', '-Xmx512m', ...kafkaLogging(run, major)]
  return {
    ...javaCommand({ home, mainClass: 'kafka.Kafka', args: [settings], flags, train: training }, run),
    stopSignal: 'SIGTERM',
    ask: () => askKafka('127.0.0.1', ports.client),
  }
}
