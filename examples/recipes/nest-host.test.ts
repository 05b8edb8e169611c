import { connect } from '@anymq/connect'
import { silentLogger } from '@anymq/core'
import { fakeMessage } from '@anymq/core/testing'
import { expect, test, vi } from 'vitest'
import { BROKER, messaging, orders, OrdersWorker } from './nest-host.ts'

/** What the Nest container does with such a provider. */
async function application(charge: (id: string) => Promise<void>) {
  const broker = await connect('memory:', { definitions: [orders], logger: silentLogger })
  const worker = new OrdersWorker(broker, { charge })
  await worker.onModuleInit()
  return { broker, worker }
}

test('it works from the start of the application to its end, and the end waits for what runs', async () => {
  const log: string[] = []
  const { broker, worker } = await application(async (id) => {
    log.push(`start ${id}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
    log.push(`end ${id}`)
  })
  await broker.send(orders, { id: 'o-1' })
  await expect.poll(() => log).toEqual(['start o-1'])
  await Promise.all([worker.onApplicationShutdown(), worker.onApplicationShutdown()])
  expect(log).toEqual(['start o-1', 'end o-1'])
  await expect(broker.send(orders, { id: 'o-2' })).rejects.toMatchObject({ code: 'MQ_CLOSED' })
})

test('its handler is a method, tested like one', async () => {
  const charge = vi.fn<(id: string) => Promise<void>>(() => Promise.resolve())
  const { worker } = await application(charge)
  await worker.onOrder(fakeMessage(orders, { id: 'o-1' }))
  expect(charge).toHaveBeenCalledWith('o-1')
  await worker.onApplicationShutdown()
})

test('the providers are what Nest understands: names, factories, and what to inject', () => {
  const CHARGES = Symbol('charges')
  expect(messaging(CHARGES)).toMatchObject([{ provide: BROKER }, { provide: OrdersWorker, inject: [BROKER, CHARGES] }])
})
