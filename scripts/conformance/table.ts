import { catalogue } from '../../packages/conformance/src/cases/catalogue.ts'
import { COLUMNS, type Column, type Report, type Verdict } from './reports.ts'

const NOT_PROVEN = 'not proven'

/** Cases by column: what a reader may rely on, and nothing that no run has shown. */
export function tableOf(reports: ReadonlyMap<Column, Report>): string {
  const heads = COLUMNS.map((column) => headOf(column, reports.get(column)))
  const lines = [
    row(['case', 'what it proves', ...heads]),
    row(['---', '---', ...heads.map(() => '---')]),
    row(['', 'of all cases', ...COLUMNS.map((column) => sumOf(reports.get(column)))]),
    ...catalogue.map(({ id, title }) =>
      row([`\`${id}\``, title, ...COLUMNS.map((column) => cellOf(verdictOf(id, reports.get(column))))]),
    ),
  ]
  return `${lines.join('\n')}\n`
}

function row(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
}

function headOf(column: Column, report: Report | undefined): string {
  if (report === undefined) return column
  const { harness, broker } = report
  // Patches come by themselves; the reports have the whole version.
  const [release] = /^\d+(\.\d+)?/.exec(broker.version) ?? [broker.version]
  return harness.startsWith(broker.name) ? harness : `${broker.name} ${release}`
}

function verdictOf(id: string, report: Report | undefined): Verdict | undefined {
  return report?.verdicts.find((verdict) => verdict.id === id)
}

function cellOf(verdict: Verdict | undefined): string {
  if (verdict === undefined) return NOT_PROVEN
  const { outcome, level, message = '' } = verdict
  if (outcome === 'pass') return level === 'unsupported' ? 'refused' : level
  if (outcome === 'fail') return '**fails**'
  return `${outcome}: ${message}`
}

function sumOf(report: Report | undefined): string {
  const passed = report?.verdicts.filter(({ outcome }) => outcome === 'pass').length ?? 0
  return `${passed} of ${catalogue.length}`
}
