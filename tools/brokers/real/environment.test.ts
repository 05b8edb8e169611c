import { afterEach, describe, expect, it, vi } from 'vitest'
import { BrokerUnavailable, startBroker } from '../index.ts'

afterEach(() => vi.unstubAllEnvs())

describe('an address in the environment', () => {
  it('is used when no version is asked for, and never stopped', async () => {
    await using ours = await startBroker('rabbitmq@4.3')
    vi.stubEnv('ANYMQ_TEST_RABBITMQ_URL', ours.url)
    const theirs = await startBroker('rabbitmq')
    expect(theirs).toMatchObject({ source: 'environment', url: ours.url, version: ours.version, controls: undefined })
    await theirs.stop()
    expect((await startBroker('rabbitmq')).source).toBe('environment')
  })

  it('that does not answer is a reason to stop, not to look elsewhere', async () => {
    vi.stubEnv('ANYMQ_TEST_KAFKA_URL', 'kafka://127.0.0.1:1')
    const start = startBroker('kafka')
    await expect(start).rejects.toBeInstanceOf(BrokerUnavailable)
    await expect(start).rejects.toMatchObject({ advice: 'Start it, or unset ANYMQ_TEST_KAFKA_URL.' })
  })
})
