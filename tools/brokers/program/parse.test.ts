import { describe, expect, it } from 'vitest'
import { parseRequest } from './parse.ts'

describe('the words of the program', () => {
  it.each([
    [[], { command: 'status', install: true }],
    [['up', 'kafka@3.9', '--no-install'], { command: 'up', wanted: 'kafka@3.9', install: false }],
    [['down'], { command: 'down', wanted: undefined, install: true }],
    [['logs', 'sqs'], { command: 'logs', wanted: 'sqs', install: true }],
  ])('%j', (words, request) => {
    expect(parseRequest(words)).toEqual(request)
  })

  it.each([
    [['start'], /There is no command 'start'. Allowed: status, up, down, logs, time./],
    [['up'], /'up' needs a name: rabbitmq, kafka/],
    [['up', 'redis'], /There is no broker 'redis'. Allowed: rabbitmq/],
    [['up', 'kafka', 'sqs'], /'sqs' is not understood/],
    [['up', 'kafka', '--fast'], /'--fast' is not understood/],
    [['status', 'kafka'], /'status' takes no name, but got 'kafka'/],
  ])('refuses %j', (words, message) => {
    expect(() => parseRequest(words)).toThrow(message)
  })
})
