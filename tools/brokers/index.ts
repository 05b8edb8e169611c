export { BrokerUnavailable } from './broker/broker-unavailable.ts'
export type { ReleaseId, Wanted } from './broker/release.ts'
export { startBroker } from './broker/start-broker.ts'
export type {
  BrokerControls,
  BrokerName,
  BrokerSource,
  Evidence,
  StartOptions,
  TestBroker,
} from './broker/test-broker.ts'
export type { BrokerProxy, ProxyEvidence } from './proxy/broker-proxy.ts'
