import assert from 'node:assert/strict'

/**
 * Order per key, levels, delay, batches and whole workers, with the libraries as a program got them.
 *
 * @param {typeof import('@anymq/core')} core
 * @param {(definitions: unknown[]) => Promise<any>} open
 */
export async function wholeContract(core, open) {
  const steps = core.queue('steps', {
    schema: core.type(),
    ordering: { key: ({ customer }) => customer, shards: 2 },
    retry: { attempts: 3, backoff: core.fixed('5ms') },
  })
  const parcels = core.queue('parcels', {
    schema: core.type(),
    priority: { levels: ['vip', 'normal'], default: 'normal' },
    delay: { max: '1m' },
  })
  const audit = core.queue('audit', { schema: core.type() })
  const broker = await open([steps, parcels, audit])
  const seen = { steps: [], parcels: [], batches: [] }
  const sentAt = Date.now()
  await broker.send(parcels, 'reminder', { delay: '1s' })
  for (let n = 0; n < 6; n++)
    await broker.send(parcels, n === 5 ? 'vip' : 'normal', { priority: n === 5 ? 'vip' : 'normal' })
  for (let n = 0; n < 4; n++) for (const customer of ['a', 'b']) await broker.send(steps, { customer, n })
  const running = broker.run(workers(core, { steps, parcels, audit }, seen), { concurrency: 4, signals: false })
  const audited = () => seen.batches.flat().length
  await until(() => seen.steps.length === 10 && seen.parcels.length === 7 && audited() === 8)
  for (const customer of ['a', 'b'])
    assert.deepEqual(
      seen.steps.filter((step) => step.startsWith(customer)),
      [0, 1, 1, 2, 3].map((n) => `${customer}${n}`),
    )
  assert.ok(seen.parcels.indexOf('vip') < 3, `the vip came as number ${seen.parcels.indexOf('vip')}`)
  assert.ok(seen.reminded - sentAt >= 1000, `reminded after ${seen.reminded - sentAt} ms`)
  await broker.close()
  await running
}

function workers(core, { steps, parcels, audit }, seen) {
  const onStep = async (message) => {
    const { customer, n } = message.body
    seen.steps.push(`${customer}${n}`)
    if (n === 1 && message.attempt === 1) throw new Error('once')
    await message.send(audit, `${customer}${n}`)
  }
  const onParcel = async ({ body }) => {
    seen.parcels.push(body)
    if (body === 'reminder') seen.reminded = Date.now()
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  return [
    core.handle(steps, onStep, { concurrency: 2 }),
    core.handle(parcels, onParcel, { concurrency: 1 }),
    core.handleBatch(audit, (batch) => void seen.batches.push(batch.map(({ body }) => body)), { max: 100, within: 20 }),
  ]
}

async function until(condition) {
  const deadline = Date.now() + 10_000
  while (!condition()) {
    assert.ok(Date.now() < deadline, 'the messages were not handled within 10 s')
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}
