import { describe, expect, it } from 'vitest'
import { readOptions } from './options.ts'

describe('the arguments', () => {
  it('have defaults', () => {
    expect(readOptions([])).toEqual({ orders: undefined, seed: 1, broker: undefined, mask: undefined, help: false })
  })

  it('are read', () => {
    expect(readOptions(['--orders', '50', '--seed=7'])).toMatchObject({ orders: 50, seed: 7 })
    expect(readOptions(['-h']).help).toBe(true)
    expect(readOptions(['--broker', 'kafka']).broker).toBe('kafka')
    expect(readOptions(['--mask', 'delay,groups']).mask).toBe('delay,groups')
  })

  it.each([
    [['--orders', '0'], '--orders is "0"; give a whole number from 1'],
    [['--orders', 'many'], '--orders is "many"; give a whole number from 1'],
    [['--orders', '1e3'], '--orders is "1e3"; give a whole number from 1'],
    [['--orders='], '--orders is ""; give a whole number from 1'],
    [['--seed', '1.5'], '--seed is "1.5"; give a whole number from 0'],
    [['--broker', 'rabbit'], '--broker is "rabbit"; give one of rabbitmq, kafka, sqs'],
    [['--mask', 'delay,'], '--mask is "delay,"; give all, or names with commas between'],
    [['--mask', ''], '--mask is ""; give all, or names with commas between'],
    [['--mask', 'all', '--broker', 'sqs'], '--broker and --mask name two brokers; give one of them'],
    [['--order', '5'], "Unknown option '--order'"],
    [['50'], "Unexpected argument '50'"],
  ])('%j are refused', (args, message) => {
    expect(() => readOptions(args)).toThrow(message)
  })
})
