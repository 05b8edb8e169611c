#!/usr/bin/env node
import { command } from './command.ts'

/** Milliseconds for what ends by itself. */
const END_LIMIT = 5000

const say = (line: string): void => void process.stdout.write(`${line}\n`)
process.exitCode = await command(process.argv.slice(2), say)
// What a driver leaves open must not keep whoever waits for the verdict, and is a fault.
setTimeout(() => {
  say(
    `ended by force: ${[...new Set(process.getActiveResourcesInfo())].join(', ')} left open by the harness or its driver`,
  )
  process.exit(process.exitCode || 1)
}, END_LIMIT).unref()
