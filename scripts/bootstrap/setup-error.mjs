/** A failure of the set-up that a person can do something about. */
export class SetupError extends Error {
  /**
   * @param {string} message
   * @param {{ advice: string, output?: string }} details `output` is what the failed program printed
   */
  constructor(message, { advice, output = '' }) {
    super(message)
    this.advice = advice
    this.output = output
  }
}

/** @param {SetupError} error */
export function explain(error) {
  const lines = error.output.trim().split('\n').slice(-20)
  const quoted = error.output.trim() ? lines.map((line) => `  | ${line}`).join('\n') + '\n' : ''
  return `\n${error.message}\n${quoted}What to do: ${error.advice}\n`
}
