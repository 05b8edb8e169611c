import { describe, expect, test } from 'vitest'
import { groups, setting, verdictOn, type Written } from '../../test/written.ts'

type Written1 = (written: Written) => unknown

describe('lost', () => {
  test.for<[string, Written1]>([
    ['taken and never finished', (h) => h.send('m').start('m')],
    ['lost with its lease and gone', (h) => h.send('m').told(h.start('m'))],
    ['retried into nothing', (h) => h.send('m').handle('m', {}, 'retry')],
    [
      'settled too late and gone',
      (h) => {
        h.send('m')
        const run = h.start('m')
        h.told(run).ask(run).answer(run, 'ack', 'MQ_LEASE_LOST')
      },
    ],
    ['given back at a close and gone', (h) => h.send('m').told(h.start('m'), 'MQ_CLOSED')],
    ['redriven and gone', (h) => h.send('m').handle('m', {}, 'dead-letter').dead('m').take('redriven', ['m'])],
    ['dead, said the library, and not to be seen', (h) => h.send('m').handle('m', {}, 'dead-letter')],
  ])('bad: %s', ([, write]) => {
    expect(verdictOn(write)).toEqual(['lost'])
  })

  test.for<[string, Written1]>([
    ['handled', (h) => h.send('m').handle('m')],
    ['acknowledged', (h) => h.send('m').settle('m')],
    ['acknowledged, and nobody answered', (h) => h.send('m').ask(h.start('m'))],
    ['dead', (h) => h.send('m').handle('m', {}, 'dead-letter').dead('m')],
    [
      'dead twice',
      (h) =>
        h
          .send('m')
          .handle('m', {}, 'dead-letter')
          .dead('m')
          .take('redriven', ['m'])
          .wait(9)
          .handle('m', { redriven: 1 }, 'dead-letter')
          .dead('m'),
    ],
    ['discarded', (h) => h.send('m').handle('m', {}, 'dead-letter').take('discarded', ['m'])],
    ['purged', (h) => h.send('m').take('purged')],
    ['not due yet', (h) => h.send('m', { notBefore: 60_000 })],
    ['waits for its retry', (h) => h.send('m').handle('m', {}, 'retry', 60_000)],
    [
      'waits as the policy says',
      (h) =>
        h.send('m').handle('m', {}, 'retry').event('retry', { source: 'orders', id: 'm', attempt: 1, delay: 9000 }),
    ],
    ['its send failed', (h) => h.refuse(h.call('m'), 'unknown')],
    ['its place had vanished', (h) => h.send('m').harm('kill').event('redeclared', { source: 'orders' })],
  ])('good: %s', ([, write]) => {
    expect(verdictOn(write)).toEqual([])
  })

  test('bad: another place had vanished', () => {
    const write: Written1 = (h) => h.send('m').harm('kill').event('redeclared', { source: 'parcels' })
    expect(verdictOn(write)).toEqual(['false-confirm'])
  })

  test('bad: the dead were thrown away, and it had not died', () => {
    expect(verdictOn((h) => h.send('m').take('discarded'))).toEqual(['false-confirm'])
    expect(verdictOn((h) => h.send('m').handle('m', {}, 'retry').take('discarded'))).toEqual(['lost'])
  })

  test('each group gets its own: what one has handled is lost to the other', () => {
    expect(verdictOn((h) => h.send('m', { to: 'placed' }).handle('m', { source: 'placed/mail' }), groups())).toEqual([
      'lost',
    ])
  })

  test('nothing is said of what is missing from a case that ended early', () => {
    expect(verdictOn((h) => h.send('m').start('m'), setting(), false)).toEqual([])
  })

  test('where dead letters cannot all be seen it counts that they were said', () => {
    expect(verdictOn((h) => h.send('m').handle('m', {}, 'dead-letter'), setting({}, { peek: 'partial' }))).toEqual([])
  })

  test('what is dropped is lost where the policy does not say so', () => {
    const write: Written1 = (h) => h.send('m').handle('m', {}, 'retry').event('dropped', { source: 'orders', id: 'm' })
    const own: Written1 = (h) => write(h.life('b', 'opened', { consumer: 'b.1', source: 'orders', drops: true }))
    expect([verdictOn(write), verdictOn(own), verdictOn(write, setting({ drops: true }))]).toEqual([['lost'], [], []])
  })

  test('a broker without a disk forgets when it dies', () => {
    const write: Written1 = (h) => h.send('m').harm('kill').send('n').handle('n')
    expect(verdictOn(write, setting({}, { durability: 'volatile' }))).toEqual([])
    expect(verdictOn(write)).toEqual(['false-confirm'])
  })

  test('a repeat within the window is dropped, and after it is not', () => {
    const repeat = (ms: number) => (h: Written) =>
      h.send('m', { dedupeId: 'd' }).wait(ms).send('n', { dedupeId: 'd' }).handle('m')
    expect(verdictOn(repeat(500), setting({ dedupe: 1000 }))).toEqual([])
    expect(verdictOn(repeat(1500), setting({ dedupe: 1000 }))).toEqual(['false-confirm'])
  })
})

describe('false-confirm', () => {
  test('bad: confirmed, and nothing was ever seen of it', () => {
    expect(verdictOn((h) => h.send('m'))).toEqual(['false-confirm'])
    expect(verdictOn((h) => h.send('m', { to: 'placed' }), groups())).toEqual(['false-confirm'])
  })
})

describe('invented', () => {
  test('bad: nobody sent it', () => {
    expect(verdictOn((h) => h.handle('x'))).toEqual(['invented'])
    expect(verdictOn((h) => h.dead('x'))).toEqual(['invented'])
  })

  test('bad: it was sent elsewhere', () => {
    const two = setting()
    const sources = new Map([...two.sources, ['bills', { ...two.sources.get('orders')!, from: 'bills' }]])
    expect(verdictOn((h) => h.send('m').handle('m').handle('m', { source: 'bills' }), { ...two, sources })).toEqual([
      'invented',
    ])
  })

  test('good: a stranger put it there, with an id or without one', () => {
    const put = (id: string | undefined) => (h: Written) =>
      h.add('case', { fact: 'put', to: 'orders', id, body: '7' }).handle('x', { body: '7', headers: { h: '1' } })
    expect(verdictOn(put('x'))).toEqual([])
    expect(verdictOn(put(undefined))).toEqual([])
    expect(
      verdictOn((h) => h.add('case', { fact: 'put', to: 'orders', id: undefined, body: '7' }).handle('x')),
    ).toEqual(['invented'])
  })

  test('good: nobody was told its id, because its send failed', () => {
    expect(verdictOn((h) => h.refuse(h.call('', { body: '7' }), 'unknown').handle('x', { body: '7' }))).toEqual([])
    expect(verdictOn((h) => h.refuse(h.call('', { body: '7' }), 'unknown').handle('x', { body: '8' }))).toEqual([
      'invented',
    ])
  })
})

describe('refused-arrived', () => {
  test('bad: it was not sent, and came', () => {
    expect(verdictOn((h) => h.refuse(h.call('m'), 'not-sent').handle('m'))).toEqual(['refused-arrived'])
    expect(verdictOn((h) => h.refuse(h.call('', { body: '7' }), 'not-sent').handle('x', { body: '7' }))).toEqual([
      'refused-arrived',
    ])
  })

  test('good: nobody knew whether it was sent, or it was sent again', () => {
    expect(verdictOn((h) => h.refuse(h.call('m'), 'unknown').handle('m'))).toEqual([])
    expect(verdictOn((h) => h.refuse(h.call('m'), 'not-sent').send('m').handle('m'))).toEqual([])
  })
})

describe('altered', () => {
  const sent = { key: 'k', type: 't', headers: { h: '1' } }

  test.for<[string, object]>([
    ['another body', { body: '0' }],
    ['another key', { key: 'l' }],
    ['no key', { key: undefined }],
    ['another level', { level: 'vip' }],
    ['another type', { type: 'u' }],
    ['a header lost', { headers: {} }],
    ['a header changed', { headers: { h: '2' } }],
    ['a header too many', { headers: { h: '1', 'x-internal': '2' } }],
  ])('bad: %s', ([, change]) => {
    expect(verdictOn((h) => h.send('m', sent).handle('m', change))).toEqual(['altered'])
    expect(verdictOn((h) => h.send('m', sent).handle('m', {}, 'dead-letter').dead('m', change))).toEqual(['altered'])
  })

  test('bad: confirmed as another', () => {
    expect(verdictOn((h) => h.confirm(h.call('m'), 'x').handle('x', { body: '{"n":"m"}' }))).toEqual(['altered'])
  })

  test('good: as it was sent, and with the level that stands for none', () => {
    expect(verdictOn((h) => h.send('m', sent).handle('m', { level: 'low' }), setting({ level: 'low' }))).toEqual([])
    expect(verdictOn((h) => h.send('m', sent).handle('m', { level: 'vip' }), setting({ level: 'low' }))).toEqual([
      'altered',
    ])
  })

  test('good: a schema makes another body of it', () => {
    expect(
      verdictOn((h) => h.send('m', sent).handle('m', { body: '0', key: 'l' }), setting({ transforms: true })),
    ).toEqual([])
  })

  test('good: it was repaired', () => {
    const repair = (repaired: boolean) => (h: Written) =>
      h
        .send('m')
        .handle('m', {}, 'dead-letter')
        .dead('m')
        .take('redriven', ['m'], repaired)
        .handle('m', { body: '0', redriven: 1 })
    expect(verdictOn(repair(true))).toEqual([])
    expect(verdictOn(repair(false))).toEqual(['altered'])
  })

  test('good: what nobody can read is shown as it travelled', () => {
    const dead = (text: string) => (h: Written) =>
      h.send('m', { body: '"seven"' }).dead('m', { reason: 'undecodable', body: Buffer.from(text).toString('hex') })
    expect(verdictOn(dead('"seven"'))).toEqual([])
    expect(verdictOn(dead('seven'))).toEqual([])
    expect(verdictOn(dead('sevem'))).toEqual(['altered'])
  })
})
