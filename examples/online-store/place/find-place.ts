import type { BrokerName } from '@anymq/test-brokers'
import type { Place } from './place.ts'

const NOTHING_TO_CLOSE = (): Promise<void> => Promise.resolve()

/** A broker that was started for the demo, the one that ANYMQ_URL names, or one inside this process. */
export function findPlace(
  broker: BrokerName | undefined,
  url: string | undefined,
  say: (line: string) => void,
): Promise<Place> {
  if (broker !== undefined) return startedPlace(broker, say)
  return Promise.resolve(url === undefined ? inThisProcess() : namedPlace(url))
}

function inThisProcess(): Place {
  return {
    url: 'memory:online-store',
    namespace: 'online-store',
    text: 'memory:online-store, inside this process, because ANYMQ_URL is not set',
    isShared: false,
    restart: undefined,
    close: NOTHING_TO_CLOSE,
  }
}

/** Somebody's own broker: what an earlier day has left there must not come into the books, and it is not ours to restart. */
function namedPlace(url: string): Place {
  return {
    url,
    namespace: `online-store-${Date.now().toString(36)}`,
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
  return {
    url,
    namespace: 'online-store',
    text: `${product} ${version}, started for this demo`,
    isShared: true,
    restart: controls && (async () => (await controls.restart()).how),
    close: () => broker.stop(),
  }
}

function scheme(url: string): string {
  return url.split(':', 1)[0]!
}
