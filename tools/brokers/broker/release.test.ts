import { describe, expect, it } from 'vitest'
import { isAnyVersion, releasesFor } from './release.ts'

describe('what is asked for', () => {
  it('is the newest first when no version is named', () => {
    expect(releasesFor('rabbitmq').map(({ id }) => id)).toEqual(['rabbitmq@4.3', 'rabbitmq@3.10'])
    expect(isAnyVersion('rabbitmq')).toBe(true)
  })

  it('is one release when a version is named', () => {
    expect(releasesFor('sqs@fauxqs')).toMatchObject([{ product: 'fauxqs', version: '2.4.1' }])
    expect(isAnyVersion('sqs@fauxqs')).toBe(false)
  })

  it('must be known', () => {
    expect(() => releasesFor('kafka@2')).toThrow(
      /There is no broker 'kafka@2'. Allowed: rabbitmq, kafka, sqs, rabbitmq@4.3/,
    )
  })
})
