import type { Broker, Consumer, ConsumerOptions, Message, Source } from '@anymq/core'

type Own<T> = { readonly [Name in keyof T]?: T[Name] }

/** The object, with some of its members replaced. Its own are called on itself, for they have private fields. */
export function disguised<T extends object>(real: T, own: Own<T>): T {
  return new Proxy(real, {
    get: (_, name) => {
      if (Object.hasOwn(own, name)) return own[name as keyof T]
      const value: unknown = Reflect.get(real, name, real)
      return typeof value === 'function' ? value.bind(real) : value
    },
  })
}

/** A broker object whose consumers are given other options. */
export function withPolicy(
  change: (options: ConsumerOptions, source: Source) => ConsumerOptions,
): (broker: Broker) => Broker {
  return (broker) =>
    disguised(broker, {
      consumer: (source, options = {}) => broker.consumer(source, change(options, source)),
    })
}

/** A broker object whose consumers are disguised. */
export function withConsumers(
  disguise: <Body>(consumer: Consumer<Body>) => Consumer<Body>,
): (broker: Broker) => Broker {
  return (broker) => disguised(broker, { consumer: (source, options) => disguise(broker.consumer(source, options)) })
}

/** A broker object whose messages are disguised, however they come. */
export function withMessages(disguise: <Body>(message: Message<Body>) => Message<Body>): (broker: Broker) => Broker {
  return withConsumers((consumer) =>
    disguised(consumer, {
      subscribe: (handler, options) => consumer.subscribe((message) => handler(disguise(message)), options),
      subscribeBatch: (handler, options) =>
        consumer.subscribeBatch((messages) => handler(messages.map((message) => disguise(message))), options),
      receive: async (options) => (await consumer.receive(options)).map((message) => disguise(message)),
    }),
  )
}
