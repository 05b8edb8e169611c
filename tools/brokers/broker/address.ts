import type { BrokerName } from './test-broker.ts'

export interface Address {
  readonly url: string
  readonly host: string
  readonly port: number
}

/** The URL that AnyMQ connects with to a broker of this package. */
export function urlOf(name: BrokerName, host: string, port: number): string {
  switch (name) {
    case 'rabbitmq':
      return `amqp://guest:guest@${host}:${port}`
    case 'kafka':
      return `kafka://${host}:${port}`
    case 'sqs':
      return `sqs://test:test@us-east-1?endpoint=http://${host}:${port}`
  }
}

const defaultPorts: Readonly<Record<BrokerName, number>> = { rabbitmq: 5672, kafka: 9092, sqs: 80 }
const schemes: Readonly<Record<BrokerName, RegExp>> = { rabbitmq: /^amqps?:/, kafka: /^kafkas?:/, sqs: /^sqs:/ }

/** Read the first host and port out of an AnyMQ URL. Throws a TypeError that names the variable it came from. */
export function parseAddress(name: BrokerName, url: string, variable: string): Address {
  if (!schemes[name].test(url))
    throw new TypeError(`${variable}: expected a URL like ${urlOf(name, '127.0.0.1', defaultPorts[name])}.`)
  // Of several hosts the first will do; a URL with several is none for the parser.
  const single = url.replace(/,[^/?]*/, '')
  const parsed = parse(name === 'sqs' ? endpointOf(single) : single.replace(/^\w+:/, 'http:'))
  if (!parsed)
    throw new TypeError(
      `${variable}: no host can be read from it; expected a URL like ${urlOf(name, '127.0.0.1', defaultPorts[name])}.`,
    )
  return { url, host: parsed.hostname, port: Number(parsed.port) || defaultPorts[name] }
}

/** The same URL, through a proxy. */
export function throughProxy({ url, host, port }: Address, proxyPort: number): string {
  const replaced = url.replace(`${host}:${port}`, `127.0.0.1:${proxyPort}`)
  return replaced === url ? url.replace(host, `127.0.0.1:${proxyPort}`) : replaced
}

function endpointOf(url: string): string {
  return decodeURIComponent(/[?&]endpoint=([^&]+)/.exec(url)?.[1] ?? '')
}

function parse(url: string): URL | undefined {
  return URL.canParse(url) ? new URL(url) : undefined
}
