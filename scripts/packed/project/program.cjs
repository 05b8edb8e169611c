const assert = require('node:assert/strict')
const { memory } = require('@anymq/adapter-memory')
const { connect } = require('@anymq/connect')
const core = require('@anymq/core')
const driver = require('@anymq/core/driver')
const testing = require('@anymq/core/testing')
const { z } = require('zod')
const { scenario } = require('./scenario.mjs')
const { wholeContract } = require('./whole-contract.mjs')

async function main() {
  assert.ok(driver)
  assert.equal(typeof testing.TestClock, 'function')
  await scenario({ core, z }, (definitions) => core.createBroker(memory(), { definitions }))
  await scenario({ core, z }, (definitions) => connect('memory:', { definitions }))
  const open = (definitions) => connect('memory:?mask=all', { definitions, logger: core.silentLogger })
  await wholeContract(core, open)
}

main().catch((error) => {
  console.error(error)
  process.exitCode = 1
})
