/** Facts that go with a line. Never bodies, headers or credentials. */
export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>

/** Four methods; pino and others fit. */
export interface Logger {
  debug(fields: LogFields, text: string): void
  info(fields: LogFields, text: string): void
  warn(fields: LogFields, text: string): void
  error(fields: LogFields, text: string): void
}

/** Warnings and errors on stderr, one line each; the rest nowhere. */
export const stderrLogger: Logger = Object.freeze({
  debug: () => undefined,
  info: () => undefined,
  warn: (fields: LogFields, text: string): void => write('warn', fields, text),
  error: (fields: LogFields, text: string): void => write('error', fields, text),
})

/** Says nothing. */
export const silentLogger: Logger = Object.freeze({
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
})

/** A logger that throws must not stop a consumer. */
export function guarded(logger: Logger): Logger {
  const guard =
    (level: keyof Logger) =>
    (fields: LogFields, text: string): void => {
      try {
        logger[level](fields, text)
      } catch {
        // There is no other place to say it.
      }
    }
  return { debug: guard('debug'), info: guard('info'), warn: guard('warn'), error: guard('error') }
}

function write(level: string, fields: LogFields, text: string): void {
  const facts = Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => ` ${name}=${typeof value === 'string' ? JSON.stringify(value) : String(value)}`)
  process.stderr.write(`anymq ${level}: ${text}${facts.join('')}\n`)
}
