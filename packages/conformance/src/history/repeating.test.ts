import { describe, expect, test } from 'vitest'
import { setting, verdictOn, type Written } from '../../test/written.ts'

const SENT = setting({}, { ack: 'sent' })

describe('duplicate', () => {
  test.for<[string, (written: Written) => unknown]>([
    ['handled, and again', (h) => h.send('m').handle('m').handle('m')],
    ['handled, and again by another process', (h) => h.send('m').handle('m').handle('m', { by: 'c' })],
    ['acknowledged, and again', (h) => h.send('m').settle('m').settle('m', { by: 'c' })],
    [
      'acknowledged, and again after a death',
      (h) => h.send('m').settle('m').life('b', 'killed').handle('m', { by: 'c' }),
    ],
    ['acknowledged, and again after a cut', (h) => h.send('m').settle('m').harm('cut').handle('m')],
    [
      'handled, and again long after another process died',
      (h) => h.send('m').handle('m').life('d', 'killed').handle('m', { by: 'c' }),
    ],
    [
      'handled, and again after a death that came long after',
      (h) => h.send('m').handle('m').wait(5000).life('b', 'killed').handle('m', { by: 'c' }),
    ],
    [
      'handled, and again after a close that came long after',
      (h) => h.send('m').handle('m').wait(5000).life('b', 'closing').life('b', 'closed').handle('m', { by: 'c' }),
    ],
    [
      'handled, and again after a pause',
      (h) => h.send('m').handle('m').life('b', 'paused', { consumer: 'b.1' }).handle('m', { by: 'c' }),
    ],
    ['dead, and again', (h) => h.send('m').settle('m', {}, 'dead-letter').handle('m')],
    [
      'retried once, and twice again',
      (h) => h.send('m').handle('m', {}, 'retry').handle('m', { attempt: 2 }).handle('m', { attempt: 2 }),
    ],
    ['harm that did not happen', (h) => h.send('m').handle('m').add('b', { fact: 'fault', fault: 'cut' }).handle('m')],
  ])('bad: %s', ([, write]) => {
    expect(verdictOn(write, setting(), false)).toContain('duplicate')
  })

  test.for<[string, (written: Written) => unknown]>([
    ['it had failed', (h) => h.send('m').handle('m', {}, 'retry').handle('m', { attempt: 2 })],
    ['it was deferred', (h) => h.send('m').handle('m', {}, 'defer').handle('m')],
    [
      'its acknowledgement was refused',
      (h) => {
        h.send('m')
        const run = h.start('m')
        h.ask(run).answer(run, 'ack', 'MQ_LEASE_LOST').handle('m')
      },
    ],
    [
      'its lease was lost',
      (h) => {
        h.send('m')
        const run = h.start('m')
        h.told(run).handle('m', { by: 'c' }).end(run)
      },
    ],
    [
      'its lease was lost while its acknowledgement was on the way',
      (h) => {
        h.send('m')
        const run = h.start('m')
        h.end(run).told(run).handle('m', { by: 'c' })
      },
    ],
    [
      'its process died in the middle',
      (h) => {
        h.send('m').start('m')
        h.life('b', 'killed').handle('m', { by: 'c' })
      },
    ],
    [
      'its process died right after the end',
      (h) => h.send('m').handle('m').life('b', 'killed').handle('m', { by: 'c' }),
    ],
    [
      'its process closed right after the end',
      (h) => h.send('m').handle('m').life('b', 'closing').life('b', 'closed').handle('m', { by: 'c' }),
    ],
    [
      'its subscription closed',
      (h) =>
        h
          .send('m')
          .handle('m')
          .life('b', 'closing', { consumer: 'b.1' })
          .life('b', 'closed', { consumer: 'b.1' })
          .handle('m', { by: 'c' }),
    ],
    [
      'its process stood still',
      (h) => h.send('m').handle('m').life('b', 'frozen').wait(9000).handle('m', { by: 'c' }).life('b', 'thawed'),
    ],
    ['the connection was cut', (h) => h.send('m').handle('m').harm('cut').handle('m', { by: 'c' })],
    ['the broker was restarted', (h) => h.send('m').handle('m').harm('restart', 'd').handle('m', { by: 'c' })],
    ['the case let a settlement fail', (h) => h.send('m').handle('m').harm('the ack is lost', 'case').handle('m')],
    [
      'the connection was lost',
      (h) => h.send('m').handle('m').harm('slow', 'd').event('connection-lost').handle('m', { by: 'c' }),
    ],
    [
      'its settlement failed',
      (h) => h.send('m').handle('m').event('settle-failed', { source: 'orders', id: 'm' }).handle('m'),
    ],
    [
      'a batch gave it back',
      (h) => {
        h.send('m')
        const run = h.start('m')
        h.end(run, 'retry').told(run, 'MQ_ALREADY_SETTLED').handle('m')
      },
    ],
    ['it was sent twice', (h) => h.send('m').send('m').handle('m').handle('m')],
    ['nobody knew whether it was sent', (h) => h.refuse(h.call('m'), 'unknown').handle('m').handle('m')],
    [
      'the library had sent it again',
      (h) => {
        const send = h.call('m')
        h.event('send-retry', { by: 'a' }).confirm(send, 'm').handle('m').handle('m')
      },
    ],
    [
      'it was redriven',
      (h) => h.send('m').settle('m', {}, 'dead-letter').dead('m').take('redriven').handle('m', { redriven: 1 }),
    ],
    [
      'a send from its handler failed',
      (h) =>
        h
          .send('m')
          .handle('m')
          .event('retry', { source: 'orders', id: 'm', attempt: 1, delay: 0 })
          .handle('m', { attempt: 2 }),
    ],
    [
      'its retry may have been sent twice',
      (h) => h.send('m').handle('m', {}, 'retry').harm('cut').handle('m', { attempt: 2 }).handle('m', { attempt: 2 }),
    ],
    [
      'it had lain in a process that stood still',
      (h) => {
        h.send('m').start('m')
        h.told(1).life('c', 'frozen').settle('m', { by: 'd' })
        const stale = h.life('c', 'thawed').start('m', { by: 'c' })
        h.told(stale)
      },
    ],
  ])('good: %s', ([, write]) => {
    expect(verdictOn(write)).toEqual([])
  })

  test('where an acknowledgement is only sent, what happens right after it excuses', () => {
    const write = (wait: number) => (h: Written) => h.send('m').settle('m').wait(wait).harm('cut').handle('m')
    expect(verdictOn(write(0), SENT)).toEqual([])
    expect(verdictOn(write(60_000), SENT)).toEqual(['duplicate'])
    expect(verdictOn((h) => h.send('m').settle('m').handle('m'), SENT)).toEqual(['duplicate'])
  })

  test('a repeat within the dedupe window is dropped: where both come, one is too many', () => {
    const write =
      (wait: number, other = 'd') =>
      (h: Written) =>
        h.send('m', { dedupeId: 'd' }).wait(wait).send('n', { dedupeId: other }).handle('m').handle('n')
    const window = setting({ dedupe: 1000 })
    expect([write(500), write(1500), write(500, 'e')].map((one) => verdictOn(one, window))).toEqual([
      ['duplicate'],
      [],
      [],
    ])
  })

  test('good: between the word and its death a process may begin something yet', () => {
    const write = (h: Written) => {
      h.send('m').life('b', 'killed').wait(20).handle('m', {}, 'dead-letter').wait(100).handle('m', { by: 'c' })
    }
    expect(verdictOn(write, setting({}, { grain: 2 }))).toEqual([])
  })

  test('where the service may deliver twice it may, but for what is ordered', () => {
    const write = (h: Written): unknown => h.send('m').settle('m').handle('m')
    const rare = setting({}, { duplicates: 'rare' })
    expect(verdictOn(write, rare)).toEqual([])
    expect(verdictOn((h) => write(h) && h.send('n').settle('n').handle('n'), rare)).toEqual(['duplicate', 'duplicate'])
    expect(verdictOn(write, setting({ ordered: true }, { duplicates: 'rare' }))).toEqual(['duplicate'])
  })
})

describe('overlap-lease', () => {
  const overlap = (between: (h: Written, run: number) => unknown) => (h: Written) => {
    h.send('m')
    const run = h.start('m')
    between(h, run)
    h.handle('m', { by: 'c' }).end(run)
  }

  test('bad: in two hands, and the first did not know', () => {
    expect(verdictOn(overlap(() => undefined))).toEqual(['overlap-lease'])
    expect(verdictOn(overlap((h) => h.life('d', 'killed')))).toEqual(['overlap-lease'])
    expect(verdictOn(overlap((h) => h.life('b', 'closing')))).toEqual(['overlap-lease'])
  })

  test.for<[string, (h: Written, run: number) => unknown]>([
    ['it was told', (h, run) => h.told(run)],
    ['its time was out', (h, run) => h.told(run, 'MQ_TIMEOUT')],
    ['its process died', (h) => h.life('b', 'killed')],
    ['its process stood still', (h) => h.life('b', 'frozen')],
    ['its connection was cut', (h) => h.harm('cut')],
    ['the library said so', (h) => h.event('lease-lost', { source: 'orders', id: 'm' })],
    ['it had been settled', (h, run) => h.ask(run, 'retry')],
  ])('good: %s', ([, between]) => {
    const rules = verdictOn(overlap(between), setting(), false).filter((rule) => rule !== 'attempt')
    expect(rules).toEqual([])
  })

  test('good: the caller had sent it twice', () => {
    expect(verdictOn((h) => overlap(() => undefined)(h.send('m')))).toEqual([])
  })

  test('good: between processes what is told comes a little late', () => {
    const late = (wait: number) => (h: Written) => {
      h.send('m')
      const run = h.start('m')
      const next = h.start('m', { by: 'c' })
      h.wait(wait).told(run).end(next)
    }
    expect(verdictOn(late(500), setting({}, { grain: 2 }))).toEqual([])
    expect(verdictOn(late(5000), setting({}, { grain: 2 }))).toEqual(['overlap-lease'])
    expect(verdictOn(late(0))).toEqual(['overlap-lease'])
  })
})

describe('stale-settlement', () => {
  test('bad: taken after the lease was lost', () => {
    expect(
      verdictOn(
        (h) => {
          h.send('m')
          const run = h.start('m')
          h.told(run).ask(run).answer(run)
        },
        setting(),
        false,
      ),
    ).toEqual(['stale-settlement'])
  })

  test('bad: taken after another process had got it', () => {
    const stale = (ack: 'stored' | 'sent', end: (h: Written, run: number) => unknown) =>
      verdictOn(
        (h) => {
          h.send('m')
          const run = h.start('m')
          h.life('b', 'frozen')
          const next = h.start('m', { by: 'c' })
          h.life('b', 'thawed').ask(run).answer(run)
          end(h, next)
        },
        setting({}, { ack }),
      )
    expect(stale('stored', (h, run) => h.end(run))).toEqual(['stale-settlement'])
    expect(stale('stored', (h, run) => h.told(run))).toEqual([])
    expect(stale('sent', (h, run) => h.end(run))).toEqual([])
  })

  test('bad: two settlements of one run', () => {
    expect(
      verdictOn((h) => {
        h.send('m')
        const run = h.start('m')
        h.ask(run).answer(run).ask(run, 'retry').answer(run, 'retry')
      }),
    ).toEqual(['stale-settlement'])
  })

  test('good: the second is refused', () => {
    expect(
      verdictOn((h) => {
        h.send('m')
        const run = h.start('m')
        h.ask(run).answer(run).ask(run, 'retry').answer(run, 'retry', 'MQ_ALREADY_SETTLED').end(run)
      }),
    ).toEqual([])
  })

  test('good: a call with arguments that are none settles nothing', () => {
    expect(
      verdictOn((h) => {
        h.send('m')
        const run = h.start('m')
        h.ask(run, 'defer').answer(run, 'defer', 'MQ_INVALID').end(run)
      }),
    ).toEqual([])
  })
})
