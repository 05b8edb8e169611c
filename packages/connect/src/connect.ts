import { createBroker, MqError, type Broker, type BrokerOptions } from '@anymq/core'
import type { Adapter } from '@anymq/core/driver'
import type { AdapterModule, KnownScheme } from './adapter-module.ts'
import { combined, readConfig, type BrokerConfig } from './config.ts'
import { SCHEMES } from './schemes.ts'

/** Options of the broker object, and adapters of your own. */
export interface ConnectOptions extends BrokerOptions {
  /** Schemes of third parties, for this call alone: `{ 'nats:': () => import('…') }`. Default: none. */
  readonly adapters?: Readonly<Record<string, () => Promise<AdapterModule>>>
}

/**
 * Connect to the broker that a URL or a config names: the swappable way. The adapter's package is loaded on first use.
 * What the broker cannot do is refused here, in one MQ_UNSUPPORTED error with every problem.
 *
 * @throws MQ_CONFIG for a bad URL, an unknown scheme, a package that is not installed, or a field that config and options say differently
 */
export async function connect(to: string | BrokerConfig | undefined, options: ConnectOptions): Promise<Broker> {
  const { url, shared } = readConfig(to)
  const { adapters = {}, ...brokerOptions } = options ?? {}
  if (typeof adapters !== 'object' || adapters === null)
    throw new MqError('MQ_CONFIG', "connect: options.adapters is no object; give { 'scheme:': () => import('…') }")
  const all = combined(shared, brokerOptions)
  return createBroker(await adapterOf(url, adapters), all)
}

async function adapterOf(url: URL, own: NonNullable<ConnectOptions['adapters']>): Promise<Adapter> {
  const load = own[url.protocol]
  if (load !== undefined) return ownAdapter(url, load)
  const known = Object.hasOwn(SCHEMES, url.protocol) ? SCHEMES[url.protocol] : undefined
  if (known === undefined) {
    const schemes = [...Object.keys(SCHEMES), ...Object.keys(own)].join(' ')
    throw new MqError(
      'MQ_CONFIG',
      `connect: no adapter is known for "${url.protocol}"; the schemes are ${schemes} (others: options.adapters)`,
    )
  }
  return (await loaded(url, known)).fromUrl(url)
}

/** An adapter that the caller brought for a scheme. */
async function ownAdapter(url: URL, load: unknown): Promise<Adapter> {
  const wrong = (what: string): MqError =>
    new MqError(
      'MQ_CONFIG',
      `connect: options.adapters["${url.protocol}"] ${what}; give () => import('…') of a package with fromUrl(url)`,
    )
  if (typeof load !== 'function') throw wrong('is no function')
  const module = (await load()) as Partial<AdapterModule> | undefined
  if (typeof module?.fromUrl !== 'function') throw wrong('loads no module with fromUrl')
  return module.fromUrl(url)
}

async function loaded(url: URL, scheme: KnownScheme): Promise<AdapterModule> {
  try {
    return await scheme.load()
  } catch (error) {
    if (!isMissing(error, scheme.package)) throw error
    throw new MqError(
      'MQ_CONFIG',
      `connect: "${url.protocol}" needs the package ${scheme.package}, which is not installed; run: npm install ${scheme.package}`,
      { cause: error },
    )
  }
}

/** A package that is there but breaks while loading is another matter: its own error must be seen. */
function isMissing(error: unknown, name: string): boolean {
  if (!(error instanceof Error)) return false
  const { code } = error as { code?: string }
  return (code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND') && error.message.includes(name)
}
