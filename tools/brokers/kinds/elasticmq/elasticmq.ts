import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Release } from '../../broker/release.ts'
import { freePort } from '../../process/free-port.ts'
import type { Run } from '../../process/run.ts'
import type { Command } from '../../process/server.ts'
import { cacheFolder } from '../../sources/cache-folder.ts'
import { installOnce } from '../../sources/install-once.ts'
import { fetchJars, jarsObstacle } from '../java/jars.ts'
import { javaCommand } from '../java/java-command.ts'
import { train } from '../java/train.ts'
import type { Found, Recipe } from '../recipe.ts'
import { askSqs } from '../ask-sqs.ts'
import { elasticMqSettings } from './settings.ts'

/** ElasticMQ, which speaks the protocol of Amazon SQS, from its published jar. */
export function elasticMqRecipe({ version }: Release): Recipe {
  const home = join(cacheFolder(), `elasticmq-${version}`)
  const found: Found = { home, version, source: 'installed' }
  return {
    find: () => (existsSync(home) ? found : undefined),
    obstacle: jarsObstacle,
    installs: `ElasticMQ ${version} with Maven (37 MB)`,
    async install(onProgress) {
      await installOnce(
        home,
        async (folder, env) => {
          onProgress(`ElasticMQ ${version}: fetching jars`)
          await fetchJars(folder, [`org.elasticmq:elasticmq-server_2.13:${version}`], env)
          onProgress(`ElasticMQ ${version}: one start, to make its class archive`)
          await train(async (run) => prepare(folder, run, await freePort(), true))
        },
        onProgress,
      )
      return found
    },
    prepare: (_, run, ports) => prepare(home, run, ports.client, false),
  }
}

async function prepare(home: string, run: Run, port: number, training: boolean): Promise<Command> {
  const settings = join(run.folder, 'elasticmq.conf')
  writeFileSync(settings, elasticMqSettings(join(run.folder, 'messages'), port))
  const flags = ['-Xmx256m', `-Dconfig.file=${settings}`]
  return {
    ...javaCommand({ home, mainClass: 'org.elasticmq.server.Main', flags, train: training }, run),
    // On SIGTERM it waits for the polls that are open.
    stopSignal: 'SIGKILL',
    ask: () => askSqs('127.0.0.1', port),
  }
}
