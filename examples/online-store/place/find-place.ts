import type { BrokerName } from '@anymq/test-brokers'
import { connectTo, type Place } from './place.ts'

const NOTHING_TO_CLOSE = (): Promise<void> => Promise.resolve()

/** Which broker is asked for. */
export interface Wanted {
  /** To be started for the demo. */
  readonly broker: BrokerName | undefined
  /** What the one inside this process shall lack. */
  readonly mask: string | undefined
  readonly url: string | undefined
}

/** A broker that was started for the demo, the one that ANYMQ_URL names, or one inside this process. */
export function findPlace({ broker, mask, url }: Wanted, say: (line: string) => void): Promise<Place> {
  if (broker !== undefined) return startedPlace(broker, say)
  if (mask !== undefined) return Promise.resolve(maskedPlace(mask))
  return Promise.resolve(url === undefined ? inThisProcess() : namedPlace(url))
}

const HERE = { url: 'memory:online-store', namespace: 'online-store' } as const

function inThisProcess(): Place {
  return {
    ...HERE,
    connect: connectTo(HERE),
    text: 'memory:online-store, inside this process, because ANYMQ_URL is not set',
    isShared: false,
    restart: undefined,
    close: NOTHING_TO_CLOSE,
  }
}

/** The one inside this process without some of its abilities: one more word in its URL. */
function maskedPlace(mask: string): Place {
  const address = { ...HERE, url: `${HERE.url}?mask=${mask}` }
  return {
    ...inThisProcess(),
    ...address,
    connect: connectTo(address),
    text: `${address.url}, inside this process; what it lacks the library makes up for`,
  }
}

/** Somebody's own broker: what an earlier day has left there must not come into the books, and it is not ours to restart. */
function namedPlace(url: string): Place {
  const address = { url, namespace: `online-store-${Date.now().toString(36)}` }
  return {
    ...address,
    connect: connectTo(address),
    text: `the ${scheme(url)} broker that ANYMQ_URL names`,
    isShared: scheme(url) !== 'memory',
    restart: undefined,
    close: NOTHING_TO_CLOSE,
  }
}

/** Real brokers for tests are a development tool: loaded only when one is asked for. */
async function startedPlace(name: BrokerName, say: (line: string) => void): Promise<Place> {
  const { startBroker } = await import('@anymq/test-brokers')
  const broker = await startBroker(name, { own: true, onProgress: say })
  const { controls, product, version, url } = broker
  const address = { url, namespace: 'online-store' }
  return {
    ...address,
    connect: connectTo(address),
    text: `${product} ${version}, started for this demo`,
    isShared: true,
    restart: controls && (async () => (await controls.restart()).how),
    close: () => broker.stop(),
  }
}

function scheme(url: string): string {
  return url.split(':', 1)[0]!
}
