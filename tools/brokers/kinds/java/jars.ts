import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { findProgram } from '../../process/find-program.ts'
import { runProgram } from '../../process/run-program.ts'
import type { Obstacle } from '../recipe.ts'

/** `group:artifact:version` */
export type Jar = `${string}:${string}:${string}`

/** Programs from jars need a Java to run, and Maven to come. */
export function jarsObstacle(): Obstacle | undefined {
  const missing = ['java', 'mvn'].filter((program) => !findProgram(program))
  if (missing.length === 0) return undefined
  return {
    reason: `${missing.join(' and ')} not found on PATH.`,
    advice: 'Install a Java of version 17 or newer and Maven, or run a Docker engine.',
  }
}

/** Fetch jars and everything they need into `folder`/libs, through the machine's own Maven settings. */
export async function fetchJars(folder: string, jars: readonly Jar[], env: NodeJS.ProcessEnv): Promise<void> {
  writeFileSync(join(folder, 'pom.xml'), pomOf(jars))
  const goal = ['dependency:copy-dependencies', '-DincludeScope=runtime', '-DoutputDirectory=libs']
  await runProgram('mvn', ['-q', '-B', ...goal], { cwd: folder, env })
}

function pomOf(jars: readonly Jar[]): string {
  const dependencies = jars.map((jar) => {
    const [group, artifact, version] = jar.split(':')
    return `    <dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${version}</version></dependency>`
  })
  return [
    '<project xmlns="http://maven.apache.org/POM/4.0.0">',
    '  <modelVersion>4.0.0</modelVersion>',
    '  <groupId>test</groupId><artifactId>broker</artifactId><version>1</version><packaging>pom</packaging>',
    '  <dependencies>',
    ...dependencies,
    '  </dependencies>',
    '</project>',
    '',
  ].join('\n')
}
