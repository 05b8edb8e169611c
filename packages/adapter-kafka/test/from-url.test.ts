import { expect, test } from 'vitest'
import { fromUrl, kafka } from '@anymq/adapter-kafka'

test.for(['kafka://localhost:9092', 'kafka://localhost', 'kafka://a,b:9093', 'kafka://a:9092/'])('%s', (url) => {
  expect(fromUrl(new URL(url))).toMatchObject({ spi: 1, offers: { adapter: 'kafka' } })
})

test.for([
  ['kafka://localhost:9092?x=1', 'parameter "x" is unknown'],
  ['kafka://user:secret@localhost:9092', 'user and password are not built'],
  ['kafka://localhost:9092/topic', 'a path has no meaning'],
])('%s is refused', ([url, why]) => {
  expect(() => fromUrl(new URL(url!))).toThrow(
    expect.objectContaining({ code: 'MQ_CONFIG', message: expect.stringContaining(why!) }),
  )
})

test.for([[[]], [['localhost']], [['localhost:9092', 'two words:1']]])('brokers %j are refused', ([brokers]) => {
  expect(() => kafka({ brokers: brokers! })).toThrow(expect.objectContaining({ code: 'MQ_CONFIG' }))
})
