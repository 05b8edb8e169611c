import { createBroker, MqError, silentLogger, type Broker, type BrokerOptions } from '@anymq/core'
import type { Adapter, Capabilities } from '@anymq/core/driver'
import { AssertionError } from 'node:assert'
import type { Case } from '../case.ts'
import type { World } from '../world/world.ts'

/** What a case stands on is not there: then opening a broker object that asks for it must be refused, before anything is made. */
export async function testRefusal({ uses }: Case, lacks: readonly (keyof Capabilities)[], world: World): Promise<void> {
  const before = await world.site.entities?.()
  const error = await refusalOf(world.site.adapter(), {
    definitions: uses,
    namespace: world.namespace,
    logger: silentLogger,
    ...(world.site.clock !== undefined && { clock: world.site.clock }),
  })
  const list = lacks.join(', ')
  if (error === undefined)
    throw claim(`the manifest says unsupported for ${list}, and a definition that asks for it was accepted`)
  if (!MqError.is(error, 'MQ_UNSUPPORTED'))
    throw claim(
      `asking for ${list} was answered with ${error instanceof Error ? error.message : typeof error}; expected MQ_UNSUPPORTED`,
    )
  const unnamed = lacks.filter(
    (lack) => !error.problems.some(({ path, message }) => `${path} ${message}`.includes(lack)),
  )
  if (unnamed.length > 0) throw claim(`MQ_UNSUPPORTED names no problem with ${unnamed.join(', ')}: ${error.message}`)
  const after = await world.site.entities?.()
  if (before?.join() !== after?.join())
    throw claim(`a refused definition left something on the broker: ${after?.join(', ')}`)
}

async function refusalOf(adapter: Adapter, options: BrokerOptions): Promise<unknown> {
  let broker: Broker
  try {
    broker = await createBroker(adapter, options)
  } catch (error) {
    return error
  }
  await broker.close({ timeout: '5s' })
  return undefined
}

function claim(message: string): AssertionError {
  return new AssertionError({ message })
}
