import { type Address, throughProxy } from '../broker/address.ts'
import type { BrokerProxy } from './broker-proxy.ts'
import type { ProxyOrder, ProxyRoute } from './messages.ts'
import { startProxyProcess } from './proxy-process.ts'

/** The proxies before one broker. */
export interface ProxySource {
  readonly open: () => Promise<BrokerProxy>
  readonly closeAll: () => Promise<void>
}

/** @param route where the next proxy listens and connects to; throws where there can be none */
export function proxiesFor(address: Address, route: () => ProxyRoute): ProxySource {
  const opened = new Set<BrokerProxy>()
  const open = async () => {
    const proxy = await openProxy(address, route(), () => void opened.delete(proxy))
    opened.add(proxy)
    return proxy
  }
  const closeAll = async () => void (await Promise.all([...opened].map((proxy) => proxy.close())))
  return { open, closeAll }
}

async function openProxy(address: Address, route: ProxyRoute, onClosed: () => void): Promise<BrokerProxy> {
  const process = await startProxyProcess(route)
  const { port } = process
  const order = (what: ProxyOrder) => process.order(what)
  const close = async () => {
    await process.end()
    onClosed()
  }
  return {
    url: throughProxy(address, port),
    port,
    cut: () => order({ do: 'cut' }),
    halfOpen: () => order({ do: 'halfOpen' }),
    slow: (msPerChunk) => order({ do: 'slow', msPerChunk }),
    refuse: () => order({ do: 'refuse' }),
    restore: () => order({ do: 'restore' }),
    observe: () => order({ do: 'observe' }),
    close,
    [Symbol.asyncDispose]: close,
  }
}
