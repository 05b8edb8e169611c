import { MqError } from '@anymq/core'
import { TRAP, type Input } from './wild-input.ts'

/** What an exception of the language says: the library has stumbled instead of refusing. */
const STUMBLED =
  /Cannot (read|convert|destructure|use|set|perform|assign|access|mix)|is not a function|is not iterable|is not a constructor|Invalid time value|must be of type/

/** Sentences that quote an exception of the input itself. */
const EXPLAINED = /(cannot be read|cannot carry the body): .*|Cannot perform '\w+' on a proxy that has been revoked/g

/** Keeps count, and what must not be. */
export class Tally {
  accepted = 0
  refused = 0
  /** Where errors pointed, as `area: field`. */
  readonly reached = new Set<string>()
  /** One example of each thing that must not be. */
  readonly wrong = new Map<string, string>()

  /** One input: accepted, or refused as it must be. What is asynchronous counts when it settles. */
  try(area: string, input: Input, call: () => unknown): unknown {
    try {
      const result = call()
      if (!(result instanceof Promise)) return this.#accept(area, input)
      return result.then(
        () => this.#accept(area, input),
        (error: unknown) => this.#refuse(area, input, error),
      )
    } catch (error) {
      return this.#refuse(area, input, error)
    }
  }

  #accept(area: string, input: Input): void {
    this.accepted++
    if (input.mustRefuse) this.#wrong(area, input, 'was accepted')
  }

  #refuse(area: string, input: Input, given: unknown): void {
    this.refused++
    if (!MqError.is(given)) return this.#wrong(area, input, 'threw what is no MqError', given)
    const error = MqError.is(given, 'MQ_SEND') ? given.failed.at(0)!.error : given
    for (const { path } of error.problems) this.reached.add(`${area}: ${fieldOf(path)}`)
    if (input.planted.length === 0) this.#wrong(area, input, 'is right and was refused', error)
    else if (STUMBLED.test(error.message.replaceAll(EXPLAINED, ''))) this.#wrong(area, input, 'made it stumble', error)
    else if (!isNamed(input.planted, error)) this.#wrong(area, input, 'is not named', error)
  }

  #wrong(area: string, { planted, value }: Input, what: string, error?: unknown): void {
    const sentence = `${area}: ${planted.length > 1 ? 'a mixture' : (planted.at(0)?.slice(0, 40) ?? 'an input')} ${what}`
    if (!this.wrong.has(sentence))
      this.wrong.set(sentence, (error instanceof Error ? error.message : shown(value)).slice(0, 300))
  }
}

/** What is planted as a whole, or is named by its subject or its schema: any problem is about it. */
const WHOLE: ReadonlySet<string> = new Set([
  'queue',
  'topic',
  'group',
  'options',
  'items',
  'name',
  'first argument',
  'body',
])

/** A problem points at what was planted, above or below it; fields that do not go together may name each other. */
function isNamed(planted: readonly string[], { message, problems }: MqError): boolean {
  if (message.includes(TRAP) || message.includes('has been revoked') || planted.some((path) => WHOLE.has(path)))
    return true
  if (problems.length === 0) return planted.some((path) => message.includes(path))
  const meet = /does not go with|withPriority/.test(message)
  return problems.some(({ path }) =>
    planted.some((at) => isRelated(fieldOf(path), at) || (meet && fieldOf(path).startsWith(topOf(at)))),
  )
}

function isRelated(found: string, planted: string): boolean {
  return (
    found === planted ||
    found.startsWith(`${planted}.`) ||
    found.startsWith(`${planted}[`) ||
    planted.startsWith(`${found}.`)
  )
}

function topOf(path: string): string {
  return path.split('.', 1).join()
}

/** `queue "x" > retry.attempts` is `retry.attempts`, `headers["x"]` is `headers[…]`. */
function fieldOf(path: string): string {
  return path
    .replace(/^(queue|topic|group|options)\b.*? > /s, '')
    .replace(/\[".*"\]/s, '[…]')
    .replace(/^(queue|topic|group) .*/s, '$1')
}

function shown(value: unknown): string {
  try {
    return `${typeof value} ${JSON.stringify(value) ?? ''}`
  } catch {
    return typeof value
  }
}
