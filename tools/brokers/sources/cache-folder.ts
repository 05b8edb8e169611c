import { homedir } from 'node:os'
import { join } from 'node:path'

/** Where installed brokers are kept, for every checkout of this user. `ANYMQ_BROKERS_CACHE` names another place. */
export function cacheFolder(): string {
  const { ANYMQ_BROKERS_CACHE: chosen, XDG_CACHE_HOME: caches } = process.env
  return chosen || join(caches || join(homedir(), '.cache'), 'anymq-brokers')
}
