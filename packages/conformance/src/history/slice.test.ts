import { expect, test } from 'vitest'
import { Written, setting } from '../../test/written.ts'
import { judge } from './judge.ts'
import { explain } from './slice.ts'

function explained(written: Written): string[] {
  return judge(written.facts, setting(), true).flatMap((problem) => explain(problem, 7).split('\n'))
}

test('a problem is told with what explains it, ids short and the same throughout', () => {
  const id = '019b76da-a800-71a3-b7e7-c38447e40df2'
  const written = new Written()
  written.send(id, { key: 'k', body: '{"n":1}' }).wait(9)
  const run = written.start(id)
  written.ask(run, 'retry', 50).answer(run, 'retry').wait(60).handle(id)
  expect(explained(written)).toEqual([
    'message …e40df2 came from orders at attempt 1 instead of 2',
    '  +0.0 b  handles …e40df2 from orders, attempt 1, key k, run 1 of b.1',
    '  +1.0 b  run 1 calls retry after 50 ms',
    '  +2.0 b  retry of run 1 resolves',
    '  +63.0 b  handles …e40df2 from orders, attempt 1, key k, run 2 of b.1',
    'seed 7',
  ])
})

test('a long slice is cut in the middle', () => {
  const written = new Written().send('m')
  for (let run = 0; run < 50; run++) written.told(written.start('m'))
  const lines = explained(written)
  expect(lines).toHaveLength(25)
  expect(lines[15]).toBe('  … 80 more')
})

test('every fact has its words', () => {
  const written = new Written()
  written.refuse(written.call('m', { notBefore: 100, dedupeId: 'd', level: 'vip' }), 'unknown')
  written.add('case', { fact: 'put', to: 'orders', id: undefined, body: 'x'.repeat(50) })
  written.told(written.start('m', { how: 'receive', redriven: 1 }), 'MQ_TIMEOUT')
  written.end(1, 'retry').answer(1, 'ack', 'MQ_LEASE_LOST').dead('m').harm('cut').life('b', 'killed')
  written.take('redriven', ['1', '2', '3', '4', '5', '6', '7'], true).take('purged')
  written.event('retry', { id: 'm', source: 'orders', attempt: 1, delay: 20 })
  const text = explain({ rule: 'lost', message: 'It is gone', facts: written.facts }, 1)
  expect(text).toMatchInlineSnapshot(`
    "It is gone
      +0.0 a  sends #1 to orders, id m, level vip, dedupe id d, not before 99 ms from now, body {"n":"m"}
      +1.0 a  send #1 fails with MQ_SEND: unknown
      +2.0 case  puts a message into orders without the library: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…
      +3.0 b  gets m from orders, attempt 1, redriven 1, run 1 of b.1
      +4.0 b  run 1 is told MQ_TIMEOUT
      +5.0 b  run 1 ends: retry
      +6.0 b  ack of run 1 is refused: MQ_LEASE_LOST
      +7.0 a  sees m among the dead letters of orders: rejected, failures: 1
      +8.0 b  does harm: cut
      +9.0 b  sees that it happened: it did
      +10.0 b  the process dies
      +11.0 a  redrives 1, 2, 3, 4, 5 and 2 more of orders, repaired
      +12.0 a  purges what is in orders
      +13.0 b  event retry, m, of orders, attempt 1, in 20 ms
    seed 1"
  `)
})
