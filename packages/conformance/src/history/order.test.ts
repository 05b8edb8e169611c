import { describe, expect, test } from 'vitest'
import { setting, verdictOn, type Written } from '../../test/written.ts'

const ORDERED = setting({ ordered: true })
const SKIPPING = setting({ ordered: true, onFailure: 'skip' })
const LEVELS = setting({ ordered: true, level: 'low' })
const KEY = { key: 'k' }

type Write = (written: Written) => unknown

/** Sent in this order by one process, all of one key. */
function sent(h: Written, ...ids: string[]): Written {
  for (const id of ids) h.send(id, KEY)
  return h
}

describe('order', () => {
  test.for<[string, Write]>([
    ['the second first', (h) => sent(h, 'm', 'n').handle('n').handle('m')],
    [
      'not awaited, the second first',
      (h) => {
        const [m, n] = [h.call('m', KEY), h.call('n', KEY)]
        h.confirm(m, 'm').confirm(n, 'n').handle('n').handle('m')
      },
    ],
    [
      'of two senders, one after the other',
      (h) =>
        sent(h, 'm')
          .send('n', { by: 'd', ...KEY })
          .handle('n')
          .handle('m'),
    ],
    [
      'others of the sender in between',
      (h) => sent(h, 'm').send('x', { key: 'l' }).send('n', KEY).handle('x').handle('n').handle('m'),
    ],
    [
      'while the first waits for its retry',
      (h) => sent(h, 'm', 'n').handle('m', {}, 'retry', 9).handle('n').wait(9).handle('m', { attempt: 2 }),
    ],
    [
      'while the first is deferred',
      (h) => sent(h, 'm', 'n').handle('m', {}, 'defer', 9).handle('n').wait(9).handle('m'),
    ],
    [
      'while the first had been given back',
      (h) => {
        const run = sent(h, 'm', 'n').start('m')
        h.told(run, 'MQ_CLOSED').handle('n', { by: 'c' }).handle('m', { by: 'c' })
      },
    ],
    [
      'after a death',
      (h) => {
        sent(h, 'm', 'n').start('m')
        h.life('b', 'killed').handle('n', { by: 'c' }).handle('m', { by: 'c' })
      },
    ],
    [
      'a suffix that repeats out of order',
      (h) => {
        sent(h, 'm', 'n').handle('m').start('n')
        h.life('b', 'killed').handle('n', { by: 'c' }).handle('m', { by: 'c' })
      },
    ],
    [
      'what went back together',
      (h) =>
        sent(h, 'm', 'n')
          .handle('m', {}, 'dead-letter')
          .handle('n', {}, 'dead-letter')
          .dead('m')
          .dead('n')
          .take('redriven')
          .handle('n', { redriven: 1 })
          .handle('m', { redriven: 1 }),
    ],
  ])('bad: %s', ([, write]) => {
    expect(verdictOn(write, ORDERED)).toEqual(['order'])
  })

  test.for<[string, Write]>([
    ['as they were sent', (h) => sent(h, 'm', 'n').handle('m').handle('n')],
    [
      'of two senders at once',
      (h) => {
        const m = h.call('m', KEY)
        h.send('n', { by: 'd', ...KEY })
          .confirm(m, 'm')
          .handle('n')
          .handle('m')
      },
    ],
    ['of two keys', (h) => h.send('m', KEY).send('n', { key: 'l' }).handle('n').handle('m')],
    ['without a key', (h) => h.send('m').send('n').handle('n').handle('m')],
    [
      'of which nobody knew whether the first was sent',
      (h) => h.refuse(h.call('m', KEY), 'unknown').send('n', KEY).handle('n').handle('m'),
    ],
    [
      'the first having failed',
      (h) => sent(h, 'm', 'n').handle('m', {}, 'retry').handle('m', { attempt: 2 }).handle('n'),
    ],
    [
      'the first having been given up',
      (h) =>
        sent(h, 'm', 'n')
          .handle('m', {}, 'dead-letter')
          .dead('m')
          .handle('n')
          .take('redriven')
          .handle('m', { redriven: 1 }),
    ],
    [
      'the first having been dead before anybody saw it',
      (h) =>
        sent(h, 'm', 'n')
          .handle('n')
          .dead('m', { reason: 'expired', attempts: 0 })
          .take('redriven')
          .handle('m', { redriven: 1 }),
    ],
    [
      'a suffix that repeats',
      (h) => {
        sent(h, 'm', 'n', 'o').handle('m').handle('n').start('o')
        h.life('b', 'killed').handle('n', { by: 'c' }).handle('o', { by: 'c' })
      },
    ],
    [
      'what went back one by one',
      (h) =>
        sent(h, 'm', 'n')
          .handle('m', {}, 'dead-letter')
          .handle('n', {}, 'dead-letter')
          .dead('m')
          .dead('n')
          .take('redriven', ['n'])
          .handle('n', { redriven: 1 })
          .take('redriven', ['m'])
          .handle('m', { redriven: 1 }),
    ],
    [
      'after a cut, when nobody knows who had it',
      (h) => sent(h, 'm', 'n').handle('m').harm('cut').handle('n', { by: 'c' }).handle('m', { by: 'c' }),
    ],
  ])('good: %s', ([, write]) => {
    expect(verdictOn(write, ORDERED)).toEqual([])
  })

  test('where a failure leaves the line, others come first, but not before it failed', () => {
    expect(
      verdictOn((h) => sent(h, 'm', 'n').handle('m', {}, 'retry').handle('n').handle('m', { attempt: 2 }), SKIPPING),
    ).toEqual([])
    expect(verdictOn((h) => sent(h, 'm', 'n').handle('n').handle('m'), SKIPPING)).toEqual(['order'])
  })

  test('each level has an order of its own', () => {
    const write: Write = (h) =>
      sent(h, 'm')
        .send('n', { level: 'vip', ...KEY })
        .handle('n')
        .handle('m', { level: 'low' })
    expect(verdictOn(write, LEVELS)).toEqual([])
  })

  test('nothing is in order where nobody asked for it', () => {
    expect(verdictOn((h) => sent(h, 'm', 'n').handle('n').handle('m'))).toEqual([])
  })
})

describe('overlap-key', () => {
  const overlap =
    (between: (h: Written, run: number) => unknown, by = 'c') =>
    (h: Written) => {
      const run = sent(h, 'm', 'n').start('m')
      between(h, run)
      const next = h.start('n', { by })
      h.end(run).end(next)
    }

  test('bad: the first had not let go', () => {
    expect(
      verdictOn(
        overlap(() => undefined),
        ORDERED,
      ),
    ).toEqual(['overlap-key'])
    expect(
      verdictOn(
        overlap(() => undefined, 'b'),
        ORDERED,
      ),
    ).toEqual(['overlap-key'])
    expect(
      verdictOn(
        overlap((h) => h.harm('cut', 'd')),
        ORDERED,
      ),
    ).toEqual(['overlap-key'])
  })

  test.for<[string, (h: Written, run: number) => unknown]>([
    ['it had settled its message', (h, run) => h.ask(run)],
    ['it had lost its lease', (h, run) => h.told(run)],
    ['its time was out', (h, run) => h.told(run, 'MQ_TIMEOUT')],
    ['its process had died', (h) => h.life('b', 'killed')],
    ['its process stood still', (h) => h.life('b', 'frozen')],
    ['the broker was restarted', (h) => h.harm('restart', 'd')],
  ])('good: %s', ([, between]) => {
    expect(verdictOn(overlap(between), ORDERED, false)).toEqual([])
  })

  test('good: handed over in one batch', () => {
    const write = (batches: boolean) => (h: Written) => {
      h.life('b', 'opened', { consumer: 'b.1', source: 'orders', batches })
      const runs = [sent(h, 'm', 'n').start('m'), h.start('n')]
      for (const run of runs) h.end(run)
    }
    expect(verdictOn(write(true), ORDERED)).toEqual([])
    expect(verdictOn(write(false), ORDERED)).toEqual(['overlap-key'])
  })

  test('bad: in two batches at once', () => {
    expect(
      verdictOn((h) => {
        h.life('b', 'opened', { consumer: 'b.1', source: 'orders', batches: true })
        const run = sent(h, 'm', 'n').start('m')
        h.event('health')
        h.end(h.start('n')).end(run)
      }, ORDERED),
    ).toEqual(['overlap-key'])
  })

  test('good: other keys, and no key at all', () => {
    const write = (key: string | undefined) => (h: Written) => {
      const run = h
        .send('m', { key })
        .send('n', { key: key && 'l' })
        .start('m')
      h.handle('n').end(run)
    }
    expect(verdictOn(write('k'), ORDERED)).toEqual([])
    expect(verdictOn(write(undefined), ORDERED)).toEqual([])
  })
})
