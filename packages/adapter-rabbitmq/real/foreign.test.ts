import { createBroker, json, queue, silentLogger, text, topic, type, group, type Message } from '@anymq/core'
import { rabbitmq } from '@anymq/adapter-rabbitmq'
import { startBroker, type TestBroker } from '@anymq/test-brokers'
import { connect, type ChannelModel, type ConsumeMessage } from 'amqplib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { freshName, until } from './harness.ts'

let server: TestBroker
let model: ChannelModel

beforeAll(async () => {
  server = await startBroker('rabbitmq')
  model = await connect(server.url)
})
afterAll(async () => {
  await model.close()
  await server.stop()
})
