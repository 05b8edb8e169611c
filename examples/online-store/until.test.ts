import { describe, expect, it } from 'vitest'
import { until } from './until.ts'

describe('until', () => {
  it('ends as soon as the condition holds', async () => {
    let looks = 0
    expect(await until(() => ++looks === 3, { within: 5000, every: 1 })).toBe(true)
    expect(looks).toBe(3)
  })

  it('gives up at the deadline', async () => {
    expect(await until(async () => false, { within: 20, every: 1 })).toBe(false)
  })

  it('goes on past the deadline as long as there is progress', async () => {
    let progress = 0
    const started = performance.now()
    const condition = (): boolean => ++progress === 30
    expect(await until(condition, { within: 20, every: 3, progress: () => progress })).toBe(true)
    expect(performance.now() - started).toBeGreaterThan(20)
  })
})
