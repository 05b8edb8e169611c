import type { Adapter } from '@anymq/core/driver'

/** What a package must export to be named by a URL. */
export interface AdapterModule {
  /**
   * The adapter that a URL describes. Unknown parameters are errors.
   *
   * @throws MQ_CONFIG naming the parameter, what was found and what is allowed
   */
  fromUrl(url: URL): Adapter
}

/** A scheme, the package that serves it, and how it is loaded. */
export interface KnownScheme {
  readonly package: string
  readonly load: () => Promise<AdapterModule>
}
