import type { SQSClient } from '@aws-sdk/client-sqs'
import { MqError, type Adapter } from '@anymq/core/driver'
import type { SqsManifest } from './manifest.ts'
import { LONGEST_WAIT, sqs } from './sqs.ts'

const PARAMETERS = ['endpoint', 'wait']

/**
 * `sqs://region` with the credentials of the environment, or `sqs://key:secret@region`; `?endpoint=http://host:port` for a
 * server that is not Amazon's, `?wait=20` for the length of a poll in seconds.
 *
 * @throws MQ_CONFIG for a parameter that is unknown or out of range
 */
export function fromUrl(url: URL): Adapter<SqsManifest, unknown, SQSClient> {
  for (const name of url.searchParams.keys())
    if (!PARAMETERS.includes(name)) throw refused(`parameter "${name}" is unknown; there are: ${PARAMETERS.join(', ')}`)
  if (url.hostname === '') throw refused('the URL has no region; give sqs://eu-central-1')
  const endpoint = url.searchParams.get('endpoint') ?? undefined
  const wait = url.searchParams.get('wait') ?? String(LONGEST_WAIT)
  if (!/^\d{1,2}$/.test(wait) || Number(wait) > LONGEST_WAIT)
    throw refused(`wait is "${wait}"; give whole seconds from 0 to ${LONGEST_WAIT}`)
  return sqs({
    region: url.hostname,
    wait: Number(wait),
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(url.username === ''
      ? {}
      : { accessKeyId: decodeURIComponent(url.username), secretAccessKey: decodeURIComponent(url.password) }),
  })
}

function refused(message: string): MqError {
  return new MqError('MQ_CONFIG', `sqs: ${message}`, { adapter: 'sqs' })
}
