import { memory } from '@anymq/adapter-memory'
import { connect } from '@anymq/connect'
import * as core from '@anymq/core'
import * as driver from '@anymq/core/driver'
import * as testing from '@anymq/core/testing'
import assert from 'node:assert/strict'
import { z } from 'zod'
import { scenario } from './scenario.mjs'
import { testedHandler } from './tested.mjs'
import { wholeContract } from './whole-contract.mjs'

assert.ok(driver)
assert.equal(typeof testing.TestClock, 'function')
await scenario({ core, z }, (definitions) => core.createBroker(memory(), { definitions }))
await scenario({ core, z }, (definitions) => connect('memory:', { definitions }))
await testedHandler()
for (const url of ['memory:', 'memory:?mask=all'])
  await wholeContract(core, (definitions) => connect(url, { definitions, logger: core.silentLogger }))
