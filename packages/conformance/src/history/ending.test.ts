import { describe, expect, test } from 'vitest'
import { setting, verdictOn, type Written } from '../../test/written.ts'

type Write = (written: Written) => unknown

describe('no-evidence', () => {
  test('bad: nothing shows that the harm happened', () => {
    expect(verdictOn((h) => h.add('b', { fact: 'fault', fault: 'cut' }))).toEqual(['no-evidence'])
    expect(verdictOn((h) => h.harm('cut').add('b', { fact: 'fault', fault: 'cut' }))).toEqual(['no-evidence'])
    expect(verdictOn((h) => h.add('b', { fact: 'fault', fault: 'kill' }).harm('cut'))).toEqual(['no-evidence'])
  })

  test('good: it did, or the case ended before it could', () => {
    expect(verdictOn((h) => h.harm('cut'))).toEqual([])
    expect(verdictOn((h) => h.add('b', { fact: 'fault', fault: 'cut' }), setting(), false)).toEqual([])
  })
})

describe('unasked', () => {
  test.for<[string, Write]>([
    ['a connection broke', (h) => h.event('connection-lost')],
    ['a place vanished', (h) => h.event('redeclared', { source: 'orders' })],
    ['the harm came later', (h) => h.event('connection-lost').harm('cut')],
  ])('bad: %s, and nobody had done anything', ([, write]) => {
    expect(verdictOn(write)).toEqual(['unasked'])
  })

  test.for<[string, Write]>([
    ['it was cut', (h) => h.harm('cut').event('connection-lost')],
    ['the broker was killed', (h) => h.harm('kill', 'case').event('redeclared', { source: 'orders' })],
    ['its process stood still', (h) => h.life('b', 'frozen').life('b', 'thawed').event('connection-lost')],
  ])('good: %s', ([, write]) => {
    expect(verdictOn(write)).toEqual([])
  })
})

describe('closed', () => {
  test.for<[string, Write]>([
    ['after the process had closed', (h) => h.send('m').life('b', 'closing').life('b', 'closed').handle('m')],
    ['while the process closed', (h) => h.send('m').life('b', 'closing').handle('m').life('b', 'closed')],
    [
      'after the subscription had closed',
      (h) => h.send('m').life('b', 'closing', { consumer: 'b.1' }).life('b', 'closed', { consumer: 'b.1' }).handle('m'),
    ],
    [
      'pulled after the process had closed',
      (h) => h.send('m').life('b', 'closing').life('b', 'closed').handle('m', { how: 'receive' }),
    ],
  ])('bad: %s', ([, write]) => {
    expect(verdictOn(write)).toEqual(['closed'])
  })

  test.for<[string, Write]>([
    ['before', (h) => h.send('m').handle('m').life('b', 'closing').life('b', 'closed')],
    ['another process', (h) => h.send('m').life('c', 'closing').life('c', 'closed').handle('m')],
    [
      'another subscription',
      (h) => h.send('m').life('b', 'closing', { consumer: 'b.2' }).life('b', 'closed', { consumer: 'b.2' }).handle('m'),
    ],
    [
      'pulled while the process closes',
      (h) => {
        h.send('m').life('b', 'closing')
        h.told(h.start('m', { how: 'receive' }), 'MQ_CLOSED')
          .life('b', 'closed')
          .handle('m', { by: 'c' })
      },
    ],
    [
      'a close that was refused',
      (h) => h.send('m').life('b', 'closing').handle('m').life('b', 'closing').life('b', 'closed'),
    ],
    ['a close that never ended', (h) => h.send('m').life('b', 'closing').handle('m')],
  ])('good: %s', ([, write]) => {
    expect(verdictOn(write)).toEqual([])
  })
})
