/** For tests of code that uses AnyMQ, and of drivers. */
export { fakeContext, fakeOutgoing, fakeTarget } from './testing/driver-kit.ts'
export { fakeMessage } from './testing/fake-message.ts'
export type { FakeMessage, FakeMessageOptions, FakeSend, FakeSettlement } from './testing/fake-message.ts'
export { seededRandomness } from './testing/seeded-randomness.ts'
export { TestClock } from './testing/test-clock.ts'
