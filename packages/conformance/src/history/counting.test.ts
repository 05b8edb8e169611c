import { describe, expect, test } from 'vitest'
import { setting, verdictOn, type Written } from '../../test/written.ts'

type Write = (written: Written) => unknown

const event = (name: string, own: object) => [name, { source: 'orders', id: 'm', ...own }] as const

describe('early', () => {
  test.for<[string, Write]>([
    ['before its time', (h) => h.send('m', { notBefore: 100 }).handle('m')],
    [
      'before its handler had said',
      (h) => h.send('m').handle('m', {}, 'retry', 100).wait(90).handle('m', { attempt: 2 }),
    ],
    ['before it was to be back', (h) => h.send('m').settle('m', {}, 'defer', 100).wait(90).handle('m')],
    [
      'before the policy had said',
      (h) =>
        h
          .send('m')
          .handle('m', {}, 'retry')
          .event(...event('retry', { attempt: 1, delay: 100 }))
          .wait(90)
          .handle('m', { attempt: 2 }),
    ],
    [
      'before its time, in another process',
      (h) => h.send('m').settle('m', {}, 'defer', 100).wait(90).handle('m', { by: 'c' }),
    ],
  ])('bad: %s', ([, write]) => {
    expect(verdictOn(write)).toEqual(['early'])
  })

  test.for<[string, Write]>([
    ['in time', (h) => h.send('m', { notBefore: 100 }).wait(97).handle('m')],
    ['a retry in time', (h) => h.send('m').handle('m', {}, 'retry', 100).wait(100).handle('m', { attempt: 2 })],
    [
      'a retry that the policy had set, in time',
      (h) =>
        h
          .send('m')
          .handle('m', {}, 'retry')
          .event(...event('retry', { attempt: 1, delay: 100 }))
          .wait(99)
          .handle('m', { attempt: 2 }),
    ],
    [
      'its process died while it waited there',
      (h) => h.send('m').handle('m', {}, 'defer', 100).life('b', 'killed').handle('m', { by: 'c' }),
    ],
    [
      'its process closed while it waited there',
      (h) =>
        h.send('m').handle('m', {}, 'defer', 100).life('b', 'closing').life('b', 'closed').handle('m', { by: 'c' }),
    ],
    [
      'its retry was refused',
      (h) => {
        h.send('m')
        const run = h.start('m')
        h.ask(run, 'defer', 100).answer(run, 'defer', 'MQ_LEASE_LOST').handle('m', { by: 'c' })
      },
    ],
    [
      'it was redriven',
      (h) =>
        h
          .send('m', { notBefore: 1000 })
          .dead('m', { reason: 'expired', attempts: 0 })
          .take('redriven')
          .handle('m', { redriven: 1 }),
    ],
    ['it was sent again', (h) => h.send('m', { notBefore: 1000 }).send('m').handle('m')],
    [
      'a batch gave it back',
      (h) => {
        h.send('m')
        const run = h.start('m')
        h.end(run, 'retry', 100).told(run, 'MQ_ALREADY_SETTLED').handle('m')
      },
    ],
  ])('good: %s', ([, write]) => {
    expect(verdictOn(write)).toEqual([])
  })
})

describe('attempt', () => {
  test.for<[string, Write]>([
    ['counted from zero', (h) => h.send('m').handle('m', { attempt: 0 })],
    ['counted from two', (h) => h.send('m').handle('m', { attempt: 2 })],
    ['not counted', (h) => h.send('m').handle('m', {}, 'retry').handle('m')],
    ['counted twice', (h) => h.send('m').handle('m', {}, 'retry').handle('m', { attempt: 3 })],
    [
      'a deferral taken for a retry',
      (h) =>
        h
          .send('m')
          .handle('m', {}, 'defer')
          .event(...event('retry', { attempt: 1, delay: 0 }))
          .handle('m', { attempt: 2 }),
    ],
    ['a deferral counted', (h) => h.send('m').handle('m', {}, 'defer').handle('m', { attempt: 2 })],
    [
      'a release counted',
      (h) => {
        h.send('m')
        const run = h.start('m')
        h.told(run, 'MQ_CLOSED').handle('m', { attempt: 2 })
      },
    ],
    [
      'a death counted',
      (h) => {
        h.send('m').start('m')
        h.life('b', 'killed').handle('m', { by: 'c', attempt: 2 })
      },
    ],
    [
      'a timeout not counted',
      (h) => {
        h.send('m')
        const run = h.start('m')
        h.told(run, 'MQ_TIMEOUT')
          .wait(5000)
          .event(...event('retry', { attempt: 1, delay: 0 }))
          .handle('m', { by: 'c' })
          .end(run)
      },
    ],
    [
      'what was pulled and forgotten not counted',
      (h) => {
        h.send('m')
        const run = h.start('m', { how: 'receive' })
        h.told(run, 'MQ_TIMEOUT').handle('m', { by: 'c' })
      },
    ],
    [
      'kept through a redrive',
      (h) =>
        h.send('m').handle('m', {}, 'dead-letter').dead('m').take('redriven').handle('m', { redriven: 1, attempt: 2 }),
    ],
    ['begun again by another process', (h) => h.send('m').handle('m', {}, 'retry').handle('m', { by: 'c' })],
  ])('bad: %s', ([, write]) => {
    expect(verdictOn(write)).toEqual(['attempt'])
  })

  test.for<[string, Write]>([
    [
      'each failure counts one',
      (h) =>
        h.send('m').handle('m', {}, 'retry').handle('m', { by: 'c', attempt: 2 }, 'retry').handle('m', { attempt: 3 }),
    ],
    [
      'a timeout counts',
      (h) => {
        h.send('m')
        const run = h.start('m')
        h.told(run, 'MQ_TIMEOUT')
          .wait(5000)
          .event(...event('retry', { attempt: 1, delay: 0 }))
          .handle('m', { attempt: 2 })
          .end(run)
      },
    ],
    [
      'a handler that ends right after its grace has failed before',
      (h) => {
        h.send('m')
        const run = h.start('m')
        h.told(run, 'MQ_TIMEOUT')
          .wait(5000)
          .event(...event('retry', { attempt: 1, delay: 100 }))
          .wait(50)
          .end(run, 'retry', 500)
          .wait(60)
          .handle('m', { attempt: 2 })
      },
    ],
    [
      'a handler that listens in its grace fails once',
      (h) => {
        h.send('m')
        const run = h.start('m')
        h.told(run, 'MQ_TIMEOUT').wait(1000).end(run, 'retry').handle('m', { attempt: 2 })
      },
    ],
    [
      'a handler that ends in its grace has not failed',
      (h) => {
        h.send('m')
        const run = h.start('m')
        h.told(run, 'MQ_TIMEOUT').wait(1000).end(run)
      },
    ],
    [
      'a lost lease may count',
      (h) => {
        h.send('m')
        const run = h.start('m')
        h.told(run).handle('m', { by: 'c', attempt: 2 })
      },
    ],
    [
      'a lost lease may not count',
      (h) => {
        h.send('m')
        const run = h.start('m')
        h.told(run).handle('m', { by: 'c' })
      },
    ],
    [
      'a failure that died with its process',
      (h) => h.send('m').handle('m', {}, 'retry').life('b', 'killed').handle('m', { by: 'c' }),
    ],
    [
      'a redrive begins again',
      (h) =>
        h
          .send('m')
          .handle('m', {}, 'retry')
          .handle('m', { attempt: 2 }, 'dead-letter')
          .dead('m', { attempts: 2 })
          .take('redriven')
          .handle('m', { redriven: 1 }),
    ],
    [
      'a redrive that moved nothing',
      (h) => h.send('m').handle('m', {}, 'retry').take('redriven').handle('m', { attempt: 2 }),
    ],
    [
      'input that nobody could read has failed without a run',
      (h) =>
        h
          .send('m')
          .event(...event('retry', { attempt: 1, delay: 0 }))
          .handle('m', { attempt: 2 }),
    ],
    [
      'of two of one id each has its own',
      (h) => h.send('m').send('m').handle('m', {}, 'retry').handle('m').handle('m', { attempt: 2 }),
    ],
    [
      'a stranger may begin anywhere',
      (h) => h.add('case', { fact: 'put', to: 'orders', id: 'x', body: '7' }).handle('x', { attempt: 7 }),
    ],
  ])('good: %s', ([, write]) => {
    expect(verdictOn(write, setting({ attempts: 10 }))).toEqual([])
  })

  test('where a held head keeps its count in one process, another may begin again', () => {
    const handover: Write = (h) => h.send('m').handle('m', {}, 'retry').handle('m', { by: 'c' })
    const inPlace: Write = (h) => h.send('m').handle('m', {}, 'retry').handle('m')
    const reopened: Write = (h) =>
      h.send('m').handle('m', {}, 'retry').life('b', 'closing', { consumer: 'b.1' }).handle('m', { consumer: 'b.2' })
    const restarts = { heldAttempts: 'restarts' } as const
    const ordered = setting({ ordered: true }, restarts)
    expect([handover, inPlace, reopened].map((write) => verdictOn(write, ordered))).toEqual([[], ['attempt'], []])
    expect(verdictOn(handover, setting({}, restarts))).toEqual(['attempt'])
    expect(verdictOn(handover, setting({}, { ...restarts, held: 'all' }))).toEqual([])
  })
})

describe('dead-wrong', () => {
  const failed = (times: number) => (h: Written) => {
    h.send('m')
    for (let attempt = 1; attempt <= times; attempt++) h.handle('m', { attempt }, 'retry')
    return h
  }

  test.for<[string, Write]>([
    ['attempts were left', (h) => failed(2)(h).dead('m', { reason: 'attempts', attempts: 2 })],
    ['nobody had handled it', (h) => h.send('m').dead('m', { reason: 'attempts', attempts: 3 })],
    ['its failures are miscounted', (h) => failed(3)(h).dead('m', { reason: 'attempts', attempts: 4 })],
    ['nobody had rejected it', (h) => failed(3)(h).dead('m', { reason: 'rejected', attempts: 3 })],
    ['it was dead, and came', (h) => failed(2)(h).dead('m', { reason: 'expired' }).handle('m', { attempt: 3 })],
    ['nothing that the library knows', (h) => h.send('m').dead('m', { reason: 'unknown', attempts: 0 })],
    ['no schema could have refused it', (h) => h.send('m').dead('m', { reason: 'invalid', attempts: 0 })],
    ['nobody had died of it', (h) => failed(1)(h).harm('cut', 'd').dead('m', { reason: 'crashed' })],
    ['more runs than attempts', (h) => failed(3)(h).handle('m', { attempt: 4 })],
  ])('bad: %s', ([, write]) => {
    expect(verdictOn(write)).toEqual(['dead-wrong'])
  })

  test.for<[string, Write]>([
    ['its attempts were used up', (h) => failed(3)(h).dead('m', { reason: 'attempts', attempts: 3 })],
    ['its handler had rejected it', (h) => h.send('m').handle('m', {}, 'dead-letter').dead('m')],
    ['its handler had asked for that', (h) => h.send('m').settle('m', {}, 'dead-letter').dead('m')],
    [
      'it was redriven',
      (h) => failed(3)(h).dead('m', { reason: 'attempts', attempts: 3 }).take('redriven').handle('m', { redriven: 1 }),
    ],
    ['a redrive moved nothing', (h) => h.send('m').handle('m', {}, 'dead-letter').take('redriven').dead('m')],
    ['it had died of something else', (h) => h.send('m').dead('m', { reason: 'expired', attempts: 0 })],
    [
      'its last failure died with its process',
      (h) =>
        failed(3)(h)
          .life('b', 'killed')
          .handle('m', { by: 'c', attempt: 3 }, 'retry')
          .dead('m', { reason: 'attempts', attempts: 3 }),
    ],
    [
      'nobody could read it, again and again',
      (h) => {
        h.send('m')
        for (const attempt of [1, 2]) h.event(...event('retry', { attempt, delay: 0 }))
        h.event(...event('dead-letter', { attempt: 3, reason: 'attempts' })).dead('m', {
          reason: 'attempts',
          attempts: 3,
        })
      },
    ],
    [
      'it was there and elsewhere after a cut',
      (h) => h.send('m').handle('m', {}, 'dead-letter').harm('cut').dead('m').handle('m', { by: 'c' }, 'dead-letter'),
    ],
    [
      'one consumer has more attempts',
      (h) =>
        failed(3)(h.life('b', 'opened', { consumer: 'b.1', source: 'orders', attempts: 5 })).handle('m', {
          attempt: 4,
        }),
    ],
    [
      'one consumer has fewer',
      (h) =>
        failed(1)(h.life('b', 'opened', { consumer: 'b.1', source: 'orders', attempts: 1 })).dead('m', {
          reason: 'attempts',
        }),
    ],
    [
      'one consumer classifies',
      (h) => failed(1)(h.life('b', 'opened', { consumer: 'b.1', source: 'orders', classifies: true })).dead('m'),
    ],
  ])('good: %s', ([, write]) => {
    expect(verdictOn(write)).toEqual([])
  })

  test('good: between processes nobody can tell which of two moments came first', () => {
    const write: Write = (h) => {
      failed(2)(h)
      h.dead('m', { reason: 'attempts', attempts: 3 }).handle('m', { attempt: 3 }, 'retry')
    }
    expect(verdictOn(write, setting({}, { grain: 2 }))).toEqual([])
    expect(verdictOn(write)).toEqual(['dead-wrong', 'dead-wrong'])
  })

  test('redriven so soon after it was seen dead that nobody can tell which came first', () => {
    const write =
      (attempts: number): Write =>
      (h) =>
        failed(3)(h)
          .dead('m', { reason: 'attempts', attempts })
          .take('redriven')
          .handle('m', { redriven: 1 }, 'retry')
          .wait(100)
          .handle('m', { redriven: 1, attempt: 2 })
    const settings = [setting(), setting({}, { grain: 2 })]
    expect(settings.map((one) => verdictOn(write(3), one))).toEqual([[], []])
    expect(settings.map((one) => verdictOn(write(4), one))).toEqual([['dead-wrong'], ['dead-wrong']])
  })

  test('what a source is decides which deaths there are', () => {
    const died = (reason: string) => (h: Written) => h.send('m').dead('m', { reason, attempts: 0 })
    expect(verdictOn(died('expired'), setting({ expires: false }))).toEqual(['dead-wrong'])
    expect(verdictOn(died('invalid'), setting({ transforms: true }))).toEqual([])
    expect(
      verdictOn((h) => h.send('m').harm('kill').dead('m', { reason: 'crashed' }), setting({ crashes: 1 })),
    ).toEqual([])
  })

  test('good: an error can be final', () => {
    expect(verdictOn((h) => failed(1)(h).dead('m'), setting({ classifies: true }))).toEqual([])
  })
})
