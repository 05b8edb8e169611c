export type { AdapterModule } from './adapter-module.ts'
export type { BrokerConfig } from './config.ts'
export { connect } from './connect.ts'
export type { ConnectOptions } from './connect.ts'
