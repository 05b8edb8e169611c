import { MqError } from '@anymq/core'

/** A broker in plain JSON, so that a file or an environment can hold it. */
export interface BrokerConfig {
  /** `memory:`, `memory:NAME`, and what the installed adapters know. */
  readonly url: string
  /** Prefix for all physical names. Default: none. */
  readonly namespace?: string
}

/** Fields that a later version reads. Saying them now must not be passed over in silence. */
const LATER: readonly string[] = ['provision', 'emulation', 'overrides']

/** A URL or a config as a checked config. @throws MQ_CONFIG */
export function readConfig(given: unknown): BrokerConfig & { readonly parsed: URL } {
  if (given === undefined || given === null || given === '') {
    throw new MqError(
      'MQ_CONFIG',
      `connect: the URL is ${given === '' ? 'empty' : String(given)}; no default broker is chosen for anyone. Give a URL such as 'memory:', or set the variable it comes from`,
    )
  }
  const config = typeof given === 'object' ? given : { url: given }
  refuseFields(config)
  const { url } = config as { url?: unknown }
  if (typeof url !== 'string')
    throw new MqError('MQ_CONFIG', `connect: url is ${url === null ? 'null' : typeof url}; give text such as 'memory:'`)
  return { ...(config as BrokerConfig), parsed: parse(url) }
}

function refuseFields(config: object): void {
  for (const field of Object.keys(config)) {
    if (field === 'url' || field === 'namespace') continue
    if (LATER.includes(field))
      throw new MqError('MQ_UNSUPPORTED', `connect: "${field}" is not built in this version; leave it out`)
    throw new MqError('MQ_CONFIG', `connect: "${field}" is an unknown field; the fields are url, namespace`)
  }
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
