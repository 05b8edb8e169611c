import { problemsError, type MqErrorCode, type Problem } from '../errors.ts'
import { NOT_BUILT } from './rules.ts'

/** Throw one error with every problem; MQ_UNSUPPORTED where all of them are only not built yet. */
export function refuseProblems(code: MqErrorCode, title: string, problems: readonly Problem[]): void {
  if (problems.length === 0) return
  const early = problems.every(({ message }) => message.startsWith(NOT_BUILT))
  throw problemsError(early ? 'MQ_UNSUPPORTED' : code, title, problems)
}
