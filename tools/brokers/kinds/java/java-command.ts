import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Run } from '../../process/run.ts'

export interface JavaProgram {
  /** The folder with `libs`, and the class archive once it is made. */
  readonly home: string
  readonly mainClass: string
  readonly args?: readonly string[]
  /** Flags for this program, for example the size of its heap. */
  readonly flags: readonly string[]
  /** Write the class archive when it ends, instead of using it. */
  readonly train?: boolean
}

const archive = 'classes.jsa'

/**
 * The command line of a program from jars. It runs in its home and names its jars from there: the class archive knows
 * them by these names, and so survives a move of the folder.
 */
export function javaCommand({ home, mainClass, args = [], flags, train = false }: JavaProgram, run: Run) {
  return {
    file: 'java',
    args: [...flags, ...quick, ...tidy(run), ...archiveFlags(home, train), '-cp', 'libs/*', mainClass, ...args],
    cwd: home,
  }
}

/** One garbage collector thread and one compiler: two cores have brokers, clients and tests to run. */
const quick = ['-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1']

/** A Java that is killed leaves its performance file behind, unless it made none. */
const tidy = (run: Run) => ['-XX:-UsePerfData', `-Djava.io.tmpdir=${join(run.folder, 'tmp')}`]

function archiveFlags(home: string, train: boolean): readonly string[] {
  if (train) return [`-XX:ArchiveClassesAtExit=${archive}`]
  return existsSync(join(home, archive)) ? [`-XX:SharedArchiveFile=${archive}`, '-Xshare:auto'] : []
}
