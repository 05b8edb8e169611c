import { problemsError, type MqErrorCode, type Problem } from '../errors.ts'

/** Throw one error with every problem; nothing when there are none. */
export function refuseProblems(code: MqErrorCode, title: string, problems: readonly Problem[]): void {
  if (problems.length > 0) throw problemsError(code, title, problems)
}
