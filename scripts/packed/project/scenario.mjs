import assert from 'node:assert/strict'

/**
 * Send, consume, retry and dead-letter, with the libraries as a program got them.
 *
 * @param {{ core: typeof import('@anymq/core'), z: typeof import('zod').z }} libraries
 * @param {(definitions: unknown[]) => Promise<any>} open
 */
export async function scenario({ core, z }, open) {
  const orders = core.queue('orders', {
    schema: z.object({ id: z.string(), total: z.number() }),
    retry: { attempts: 3, backoff: core.fixed('5ms') },
  })
  const broker = await open([orders])
  const runs = await consumeAll(core, broker, orders)
  assert.deepEqual(runs, { good: 1, shaky: 3, hopeless: 3, refused: 1 })
  const dead = await broker.deadLetters(orders).peek()
  const reasons = dead.map((message) => `${message.id}: ${message.reason}`).toSorted()
  assert.deepEqual(reasons, ['hopeless: attempts', 'refused: rejected'])
  await broker.close()
}

/** How often each order was handled, by its id. */
async function consumeAll(core, broker, orders) {
  const runs = {}
  const work = broker.consumer(orders).subscribe((message) => {
    const { id } = message.body
    runs[id] = (runs[id] ?? 0) + 1
    if (id === 'refused') throw new core.DeadLetter('not for us')
    if (id === 'hopeless' || (id === 'shaky' && runs[id] < 3)) throw new Error('not yet')
  })
  await work.ready
  for (const id of ['good', 'shaky', 'hopeless', 'refused']) {
    await broker.producer(orders).send({ id, total: 1 }, { id })
  }
  await until(async () => runs.good === 1 && runs.shaky === 3 && (await broker.deadLetters(orders).count()) === 2)
  await work.close()
  return runs
}

async function until(condition) {
  const deadline = Date.now() + 10_000
  while (!(await condition())) {
    assert.ok(Date.now() < deadline, 'the messages were not handled within 10 s')
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}
