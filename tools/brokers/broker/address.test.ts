import { describe, expect, it } from 'vitest'
import { parseAddress, throughProxy, urlOf } from './address.ts'

const names = ['rabbitmq', 'kafka', 'sqs'] as const

describe('the address of a broker', () => {
  it.each(names)('is read back from the URL that is made for %s', (name) => {
    const url = urlOf(name, '127.0.0.1', 1234)
    expect(parseAddress(name, url, 'X')).toEqual({ url, host: '127.0.0.1', port: 1234 })
    expect(throughProxy({ url, host: '127.0.0.1', port: 1234 }, 99)).toBe(urlOf(name, '127.0.0.1', 99))
  })

  it('has the port of its scheme when it names none, and the first of several hosts', () => {
    expect(parseAddress('rabbitmq', 'amqp://u:p@rabbit/v', 'X')).toMatchObject({ host: 'rabbit', port: 5672 })
    expect(parseAddress('kafka', 'kafka://a:1,b:2', 'X')).toMatchObject({ host: 'a', port: 1 })
  })

  it('goes through a proxy also when it names no port', () => {
    const address = parseAddress('rabbitmq', 'amqp://u:p@rabbit/v', 'X')
    expect(throughProxy(address, 99)).toBe('amqp://u:p@127.0.0.1:99/v')
  })

  it('says which variable is wrong, and how it should look', () => {
    expect(() => parseAddress('kafka', 'localhost:9092', 'ANYMQ_TEST_KAFKA_URL')).toThrow(
      'ANYMQ_TEST_KAFKA_URL: expected a URL like kafka://127.0.0.1:9092.',
    )
    expect(() => parseAddress('sqs', 'sqs://eu-west-1', 'X')).toThrow('X: no host can be read from it')
  })
})
