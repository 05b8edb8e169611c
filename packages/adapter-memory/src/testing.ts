/** For tests of handlers: a broker of their own, in memory and in virtual time. */
export type { SeenMessage } from '@anymq/core/testing'
export { testBroker } from './testing/test-broker.ts'
export type { TestBroker, TestBrokerOptions } from './testing/test-broker.ts'
