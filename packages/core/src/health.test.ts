import fc from 'fast-check'
import { expect, test } from 'vitest'
import { HealthBoard, type Health } from './health.ts'

test('life.health: facts come and go one by one; the worst of them is the status, and every change is told once', () => {
  const key = fc.constantFrom('connection', 'driver', 'dead orders', 'zombies orders')
  const step = fc.oneof(
    fc.record({
      key,
      status: fc.constantFrom('degraded' as const, 'down' as const),
      reason: fc.constantFrom('a', 'b'),
    }),
    fc.record({ key }),
  )
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const told: Health[] = []
      const board = new HealthBoard((health) => told.push(health))
      const facts = new Map<string, { status: string; reason: string }>()
      for (const given of steps) {
        const before = JSON.stringify([...facts])
        const toldBefore = told.length
        if ('status' in given) {
          board.report(given.key, given.status, given.reason)
          facts.set(given.key, { status: given.status, reason: given.reason })
        } else {
          board.clear(given.key)
          facts.delete(given.key)
        }
        const known = [...facts.values()]
        const status = known.some((fact) => fact.status === 'down') ? 'down' : known.length > 0 ? 'degraded' : 'up'
        expect(board.read()).toEqual({ status, reasons: known.map(({ reason }) => reason) })
        const isChange = JSON.stringify([...facts]) !== before
        expect(told.length - toldBefore).toBe(isChange ? 1 : 0)
        if (isChange) expect(told.at(-1)).toEqual(board.read())
      }
    }),
  )
})
