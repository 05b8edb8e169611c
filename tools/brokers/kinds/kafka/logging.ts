import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Run } from '../../process/run.ts'

/** Warnings go to standard output, which is the log of the run. Returns the flags that say so. */
export function kafkaLogging(run: Run, major: number): readonly string[] {
  const file = join(run.folder, 'logging.properties')
  writeFileSync(file, major >= 4 ? log4j2 : log4j1)
  return [major >= 4 ? `-Dlog4j2.configurationFile=${file}` : `-Dlog4j.configuration=file:${file}`]
}

const pattern = '%d{HH:mm:ss.SSS} %p %m (%c{1})%n'

const log4j2 = `status = error
appender.out.type = Console
appender.out.name = out
appender.out.layout.type = PatternLayout
appender.out.layout.pattern = ${pattern}
rootLogger.level = warn
rootLogger.appenderRef.out.ref = out
`

const log4j1 = `log4j.rootLogger=WARN, out
log4j.appender.out=org.apache.log4j.ConsoleAppender
log4j.appender.out.layout=org.apache.log4j.PatternLayout
log4j.appender.out.layout.ConversionPattern=${pattern}
`
