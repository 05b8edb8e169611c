import { existsSync } from 'node:fs'
import { type ClientRequestArgs, get } from 'node:http'

/** Does a Docker engine answer? Decides within a second. */
export function dockerAnswers(): Promise<boolean> {
  const address = addressOf(process.env['DOCKER_HOST'])
  if (!address) return Promise.resolve(false)
  return new Promise((resolve) => {
    const request = get({ ...address, path: '/_ping', timeout: 1000 }, (response) => {
      response.resume()
      resolve(response.statusCode === 200)
    })
    request.once('timeout', () => request.destroy())
    request.once('error', () => resolve(false))
    request.once('close', () => resolve(false))
  })
}

function addressOf(host = 'unix:///var/run/docker.sock'): ClientRequestArgs | undefined {
  const url = URL.canParse(host) ? new URL(host) : undefined
  if (url?.protocol === 'unix:') return existsSync(url.pathname) ? { socketPath: url.pathname } : undefined
  return url && { host: url.hostname, port: url.port || 2375 }
}
