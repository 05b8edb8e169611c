import { MqError } from '@anymq/core'

const FIELDS: readonly string[] = ['definitions', 'handlers', 'interceptors', 'logger']

/** @throws MQ_CONFIG for what `createBroker` and `broker.run` could not name */
export function refuseBadTestBroker(options: unknown): void {
  if (typeof options !== 'object' || options === null)
    throw new MqError('MQ_CONFIG', 'testBroker: give an object { definitions, handlers }')
  const unknown = Object.keys(options).find((name) => !FIELDS.includes(name))
  if (unknown !== undefined)
    throw new MqError('MQ_CONFIG', `testBroker: ${unknown} is an unknown field; the fields are ${FIELDS.join(', ')}`)
  for (const name of ['definitions', 'handlers'] as const) {
    const value = (options as Record<string, unknown>)[name]
    if (
      value !== undefined &&
      !(Array.isArray(value) && value.every((item) => typeof item === 'object' && item !== null))
    )
      throw new MqError('MQ_CONFIG', `testBroker: ${name} is no array of ${MEMBERS[name]}`)
  }
}

const MEMBERS = {
  definitions: 'what queue(), topic() and group() returned',
  handlers: 'what handle() and handleBatch() returned',
}

/** @throws MQ_CONFIG */
export function refuseBadWait(predicate: unknown, outcome: unknown): void {
  if (typeof predicate !== 'function')
    throw new MqError('MQ_CONFIG', 'waitFor: its second argument is no function; give (message) => boolean')
  if (outcome !== 'acked' && outcome !== 'dead')
    throw new MqError('MQ_CONFIG', "waitFor: its third argument says how the message ends; give 'acked' or 'dead'")
}
