import { existsSync, mkdirSync, readdirSync } from 'node:fs'
import { join, relative } from 'node:path'
import {
  CompilerState,
  Extractor,
  ExtractorConfig,
  ExtractorLogLevel,
  type ExtractorMessage,
  ExtractorMessageCategory,
  type IExtractorMessagesConfig,
} from '@microsoft/api-extractor'
import { root } from '../bootstrap/root.mjs'
import { type Entry, type LibraryPackage, libraryPackages } from '../libraries/packages.ts'

/**
 * Compare the public surface of every entry point with its committed report (`packages/NAME/etc/ENTRY.api.md`).
 *
 * @returns what is wrong; with `update` the reports are rewritten instead of compared
 */
export function checkApiReports(update: boolean): readonly string[] {
  const libraries = libraryPackages()
  const programs = libraries.flatMap((library) => library.entries.map((entry) => configure(library, entry)))
  const first = programs[0]
  if (!first) return ['There is no package to report on.']
  // One compilation for all entry points: most of the time goes into the first look at the types.
  const additionalEntryPoints = programs.map((program) => program.mainEntryPointFilePath)
  const compilerState = CompilerState.create(first, { additionalEntryPoints })
  return [...programs.flatMap((program) => compare(program, compilerState, update)), ...libraries.flatMap(strayReports)]
}

function compare(program: ExtractorConfig, compilerState: CompilerState, update: boolean): readonly string[] {
  const problems: string[] = []
  const name = relative(root, program.reportFilePath)
  const missing = !existsSync(program.reportFilePath)
  const { apiReportChanged } = Extractor.invoke(program, {
    compilerState,
    localBuild: update,
    messageCallback: (message) => {
      message.handled = true
      if (isProblem(message)) problems.push(`${name}: ${describe(message)}`)
    },
  })
  const outdated = (missing || apiReportChanged) && !update
  const advice = 'If the change is meant: npm run check -- --update-api, and commit the file.'
  return outdated ? [...problems, `${name} does not tell the public API as it is. ${advice}`] : problems
}

function configure(library: LibraryPackage, entry: Entry): ExtractorConfig {
  // The extractor refuses to start without the folder.
  mkdirSync(join(library.folder, 'etc'), { recursive: true })
  return ExtractorConfig.prepare({
    configObject: {
      projectFolder: library.folder,
      mainEntryPointFilePath: entry.types,
      newlineKind: 'lf',
      // The extractor brings an older TypeScript, which does not know every option of the base configuration.
      compiler: { overrideTsconfig: { compilerOptions, include: [entry.types] } },
      apiReport: {
        enabled: true,
        reportFileName: `${entry.label}.api.md`,
        reportFolder: join(library.folder, 'etc'),
        reportTempFolder: join(root, '.tmp', 'api-reports'),
      },
      docModel: { enabled: false },
      dtsRollup: { enabled: false },
      tsdocMetadata: { enabled: false },
      messages,
    },
    configObjectFullPath: join(library.folder, 'api-extractor.json'),
    packageJsonFullPath: join(library.folder, 'package.json'),
  })
}

const silent = { logLevel: ExtractorLogLevel.None }

const messages: IExtractorMessagesConfig = {
  compilerMessageReporting: { default: { logLevel: ExtractorLogLevel.Error } },
  extractorMessageReporting: {
    default: { logLevel: ExtractorLogLevel.Warning },
    // A type that users meet but cannot name: seen in the report's diff, decided there.
    'ae-forgotten-export': { ...silent, addToApiReportFile: true },
    'ae-missing-release-tag': silent,
    'ae-undocumented': silent,
    'ae-unresolved-link': silent,
  },
  tsdocMessageReporting: { default: silent },
}

const compilerOptions = {
  target: 'es2023',
  lib: ['es2023', 'esnext.disposable'],
  module: 'nodenext',
  moduleResolution: 'nodenext',
  allowImportingTsExtensions: true,
  noEmit: true,
  skipLibCheck: true,
  strict: true,
  types: ['node'],
}

/** What the extractor says about the report file itself is said here in one sentence instead. */
function isProblem({ logLevel, category }: ExtractorMessage): boolean {
  const severe = logLevel === ExtractorLogLevel.Error || logLevel === ExtractorLogLevel.Warning
  return severe && category !== ExtractorMessageCategory.Console
}

function describe(message: ExtractorMessage): string {
  const place = message.sourceFilePath ? `${relative(root, message.sourceFilePath)}:${message.sourceFileLine}: ` : ''
  return `${place}${message.text} (${message.messageId})`
}

/** The report of an entry point that is gone. */
function strayReports(library: LibraryPackage): readonly string[] {
  const folder = join(library.folder, 'etc')
  const known = new Set(library.entries.map(({ label }) => `${label}.api.md`))
  const files = existsSync(folder) ? readdirSync(folder) : []
  return files
    .filter((file) => !known.has(file))
    .map((file) => `${relative(root, join(folder, file))} belongs to no entry point.`)
}
