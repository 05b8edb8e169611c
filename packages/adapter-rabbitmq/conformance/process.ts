import { fromUrl } from '@anymq/adapter-rabbitmq'
import type { Adapter } from '@anymq/core/driver'

/** The adapter, in a second process. */
export function adapter(url: unknown): Adapter {
  return fromUrl(new URL(String(url)))
}
