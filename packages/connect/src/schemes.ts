import type { KnownScheme } from './adapter-module.ts'

const rabbitmq = known('@anymq/adapter-rabbitmq')
const sqs = known('@anymq/adapter-sqs')
const kafka = known('@anymq/adapter-kafka')
const redis = known('@anymq/adapter-redis')

/** Every scheme of our own adapters. A package is loaded when its scheme is first used. */
export const SCHEMES: Readonly<Record<string, KnownScheme>> = Object.freeze({
  'memory:': { package: '@anymq/adapter-memory', load: () => import('@anymq/adapter-memory') },
  'amqp:': rabbitmq,
  'amqps:': rabbitmq,
  'kafka:': kafka,
  'sqs:': sqs,
  'redis:': redis,
  'rediss:': redis,
})

function known(name: string): KnownScheme {
  return { package: name, load: () => import(name) as ReturnType<KnownScheme['load']> }
}
