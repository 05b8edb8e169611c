import { MqError, type BrokerOptions } from '@anymq/core'

/** A broker in plain JSON, so that a file or an environment can hold it. What it does not say, options may. */
export interface BrokerConfig extends Pick<
  BrokerOptions,
  'namespace' | 'provision' | 'emulation' | 'relay' | 'overrides'
> {
  /** `memory:`, `memory:NAME`, and what the installed adapters know. */
  readonly url: string
}

/** Fields that options have too: checked where the broker object is made. */
const SHARED = ['namespace', 'provision', 'emulation', 'relay', 'overrides'] as const

/** A config without its URL: options of the broker object. */
export type SharedOptions = Pick<BrokerConfig, (typeof SHARED)[number]>

/** A URL or a config as a parsed URL and options. @throws MQ_CONFIG */
export function readConfig(given: unknown): { readonly url: URL; readonly shared: SharedOptions } {
  if (given === undefined || given === null || given === '') {
    throw new MqError(
      'MQ_CONFIG',
      `connect: the URL is ${given === '' ? 'empty' : String(given)}; no default broker is chosen for anyone. Give a URL such as 'memory:', or set the variable it comes from`,
    )
  }
  const config = typeof given === 'object' ? given : { url: given }
  refuseUnknownFields(config)
  const { url, ...shared } = config as { url?: unknown } & SharedOptions
  if (typeof url !== 'string')
    throw new MqError('MQ_CONFIG', `connect: url is ${url === null ? 'null' : typeof url}; give text such as 'memory:'`)
  return { url: parse(url), shared }
}

/**
 * The config's options on top of the caller's.
 *
 * @throws MQ_CONFIG for a field that they say differently: one of them would be passed over in silence
 */
export function combined<O extends SharedOptions>(shared: SharedOptions, options: O): O {
  for (const field of SHARED) {
    const [own, given] = [shared[field], options[field]]
    if (own === undefined || given === undefined || own === given) continue
    throw new MqError(
      'MQ_CONFIG',
      `connect: the config says ${field} ${shown(own)} and options say ${field} ${shown(given)}; give one of them`,
    )
  }
  const said = Object.entries(shared).filter(([, value]) => value !== undefined)
  return { ...options, ...Object.fromEntries(said) }
}

function shown(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value) : value === null ? 'null' : typeof value
}

function refuseUnknownFields(config: object): void {
  const known: readonly string[] = ['url', ...SHARED]
  const unknown = Object.keys(config).find((field) => !known.includes(field))
  if (unknown === undefined) return
  throw new MqError('MQ_CONFIG', `connect: "${unknown}" is an unknown field; the fields are ${known.join(', ')}`)
}

/** The text of a URL may hold a password: an error names the scheme at most. */
function parse(url: string): URL {
  try {
    return new URL(url)
  } catch {
    throw new MqError(
      'MQ_CONFIG',
      "connect: the URL cannot be read (its text is not shown, for it may hold a password); give scheme://host or 'memory:'",
    )
  }
}
