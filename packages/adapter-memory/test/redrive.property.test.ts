import { DeadLetter, queue, type as typed, type RedriveOptions } from '@anymq/core'
import { seededRandomness } from '@anymq/core/testing'
import { expect, test } from 'vitest'
import { memory } from '../src/index.ts'
import { finish, world } from './world.ts'

const RUNS = 120
const orders = queue('orders', { schema: typed<number>() })

/** What one redrive shall do. `interruptAfter`: virtual milliseconds. */
interface Plan {
  readonly options: RedriveOptions<number, number>
  readonly interruptAfter: number | undefined
}

/** The model: which of `dead` move, and how many are looked at. */
function expected(dead: readonly number[], { where, ids, limit = Infinity, scan = 10_000 }: Plan['options']) {
  const moved: number[] = []
  let looked = 0
  for (const n of dead.slice(0, scan)) {
    if (moved.length === limit) break
    looked++
    const isNamed = ids === undefined || ids.includes(`o-${n}`)
    if (isNamed && (where === undefined || where({ valid: true, body: n } as never))) moved.push(n)
  }
  return { moved, looked }
}

function plans(random: () => number, count: number): Plan[] {
  const whole = (to: number): number => 1 + Math.floor(random() * to)
  return Array.from({ length: 6 }, () => {
    const divisor = whole(4)
    const isPaced = random() < 0.5
    return {
      options: {
        ...(random() < 0.5 && { where: (m) => m.valid && m.body % divisor === 0 }),
        ...(random() < 0.3 && { ids: Array.from({ length: whole(count) }, () => `o-${whole(count) - 1}`) }),
        ...(random() < 0.3 && { limit: whole(count) }),
        ...(random() < 0.3 && { scan: whole(count) }),
        ...(random() < 0.2 && { dryRun: true }),
        ...(isPaced && { rate: whole(200) }),
      },
      interruptAfter: isPaced && random() < 0.6 ? whole(2000) : undefined,
    }
  })
}

test(`redrive.where, redrive.rate, redrive.keeps: ${RUNS} random histories follow the model; nothing is lost, nothing moves twice`, async () => {
  for (let seed = 1; seed <= RUNS; seed++) await history(seed)
})

async function history(seed: number): Promise<void> {
  const randomness = seededRandomness(seed)
  const count = 1 + Math.floor(randomness.next() * 260)
  const w = world([orders])
  // Every other one on a broker that cannot move in one step: the redrive publishes, confirms and settles.
  const adapter = seed % 2 === 0 ? memory({ server: w.server, mask: ['atomicMove'] }) : undefined
  const b = await w.broker({}, adapter)
  const work = b.consumer(orders).subscribe(() => {
    throw new DeadLetter('no')
  })
  await b.producer(orders).sendBatch(Array.from({ length: count }, (_, n) => ({ body: n, id: `o-${n}` })))
  await w.clock.settle()
  await finish(w.clock, work.close())
  const came: number[] = []
  b.consumer(orders).subscribe(({ body }) => void came.push(body))
  const letters = b.deadLetters(orders)
  let dead = Array.from({ length: count }, (_, n) => n)
  for (const { options, interruptAfter } of [
    ...plans(() => randomness.next(), count),
    { options: {}, interruptAfter: undefined },
  ]) {
    const stop = new AbortController()
    const redriving = letters.redrive({ ...options, signal: stop.signal })
    if (interruptAfter !== undefined) {
      await w.clock.advance(interruptAfter)
      stop.abort()
    }
    const result = await finish(w.clock, redriving)
    await w.clock.settle()
    const model = expected(dead, options)
    const moved = came.splice(0)
    const note = `seed ${seed}: ${JSON.stringify({ ...options, interruptAfter })}`
    const isDone = moved.length === model.moved.length
    // What an interruption leaves undone is at the end: what was moved is the beginning of what the model moves.
    expect(moved, note).toEqual(options.dryRun === true ? [] : model.moved.slice(0, moved.length))
    if (interruptAfter === undefined || options.dryRun === true)
      expect(result, note).toEqual({
        moved: model.moved.length,
        kept: model.looked - model.moved.length,
        complete: model.looked === dead.length,
        failed: [],
      })
    else expect([result.moved, isDone || !result.complete], note).toEqual([moved.length, true])
    dead = dead.filter((n) => !moved.includes(n))
    expect(
      (await letters.peek({ max: 1000 })).map(({ id }) => id),
      note,
    ).toEqual(dead.map((n) => `o-${n}`))
  }
  expect(dead).toEqual([])
}
