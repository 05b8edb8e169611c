import { type Address, parseAddress } from '../broker/address.ts'
import { BrokerUnavailable } from '../broker/broker-unavailable.ts'
import { askBroker } from '../kinds/ask-broker.ts'
import type { BrokerName } from '../broker/test-broker.ts'

export interface NamedBroker extends Address {
  readonly version: string | undefined
}

export const variableOf = (name: BrokerName): string => `ANYMQ_TEST_${name.toUpperCase()}_URL`

/** The broker that the environment names, if any. Rejects with BrokerUnavailable when it does not answer. */
export async function fromEnvironment(name: BrokerName): Promise<NamedBroker | undefined> {
  const variable = variableOf(name)
  const url = process.env[variable]
  if (!url) return undefined
  const address = parseAddress(name, url, variable)
  try {
    return { ...address, version: await askBroker(name, address) }
  } catch (error) {
    const reason = `${variable} names ${address.host}:${address.port}, which does not answer (${String(error)}).`
    throw new BrokerUnavailable(name, reason, `Start it, or unset ${variable}.`)
  }
}
