/** For tests of code that uses AnyMQ, and of drivers. */
export { displayName } from './definition/definition.ts'
export { fakeContext, fakeOutgoing, fakeTarget } from './testing/driver-kit.ts'
export { fakeMessage } from './testing/fake-message.ts'
export type { FakeMessage, FakeMessageOptions, FakeSend, FakeSettlement } from './testing/fake-message.ts'
export { seenMessage } from './testing/seen-message.ts'
export type { SeenMessage } from './testing/seen-message.ts'
export { seededRandomness } from './testing/seeded-randomness.ts'
export { TestClock } from './testing/test-clock.ts'
