import type { KafkaMessage } from 'kafkajs'
import { expect, test } from 'vitest'
import { decodeFinished, encodeFinished, SPAN } from '../src/finished-set.ts'
import { Partition, type Receipt } from '../src/partition.ts'

function records(...offsets: number[]): KafkaMessage[] {
  return offsets.map((offset) => ({
    offset: String(offset),
    key: null,
    value: Buffer.from('x'),
    timestamp: '0',
    attributes: 0,
    headers: {},
  }))
}

function handed(from: Partition): Receipt[] {
  const receipts: Receipt[] = []
  for (let next = from.hand(); next !== undefined; next = from.hand()) receipts.push(next)
  return receipts
}

/** Loaded with what the group has committed; -1: nothing. */
function partition(offset = -1, metadata = ''): Partition {
  const made = new Partition('orders', 0)
  made.load(offset, metadata)
  return made
}

test('the finished set survives its metadata', () => {
  const finished = new Set([1001, 1007, 1008, 1000 + SPAN - 1])
  expect(decodeFinished(1000, encodeFinished(1000, finished))).toEqual(finished)
  expect(encodeFinished(1000, finished)).toHaveLength(2733)
  expect(encodeFinished(1000, new Set())).toBe('')
})

test.for([null, '', 'written by another client', '9AAAA'])('metadata %j: nothing is finished', (metadata) => {
  expect(decodeFinished(0, metadata)).toEqual(new Set())
})

test('settled out of order: the commit stays at the lowest unfinished one', () => {
  const it = partition()
  it.take(records(5, 6, 7, 8))
  const [five, six, , eight] = handed(it)
  it.finish(eight!)
  it.finish(six!)
  expect(it.committable).toEqual({ partition: 0, offset: '5', metadata: encodeFinished(5, new Set([6, 8])) })
  it.finish(five!)
  expect(it.committable).toMatchObject({ offset: '7' })
})

test('the next owner gets exactly what is unfinished', () => {
  const it = partition(5, encodeFinished(5, new Set([6, 8])))
  expect(it.take(records(5, 6, 7, 8, 9))).toBe('9')
  expect(handed(it).map(({ offset }) => offset)).toEqual([5, 7, 9])
})

test('offsets without a record count as finished', () => {
  const it = partition()
  it.take(records(1, 2, 6))
  const [one, two, six] = handed(it)
  for (const receipt of [one, two]) it.finish(receipt!)
  expect(it.committable).toMatchObject({ offset: '6', metadata: '' })
  it.finish(six!)
  expect(it.committable).toMatchObject({ offset: '7' })
})

test('a gap wider than the span is passed over when nothing below it is unfinished', () => {
  const it = partition(0)
  expect(it.take(records(0, SPAN + 100))).toBe('0')
  expect(it.isFull).toBe(true)
  it.finish(handed(it)[0]!)
  expect([it.isFull, it.isRoomy]).toEqual([false, true])
  expect(it.take(records(SPAN + 100))).toBe(String(SPAN + 100))
  expect(handed(it)).toHaveLength(1)
})

test('what lies below the commit is not delivered', () => {
  const it = partition(5)
  expect(it.take(records(3, 4, 5))).toBe('5')
  expect(handed(it).map(({ offset }) => offset)).toEqual([5])
})

test('a receipt is good for one delivery, of one assignment', () => {
  const it = partition(0)
  it.take(records(0, 1))
  const [zero, one] = handed(it)
  it.putBack(zero!)
  const [again] = handed(it)
  expect([it.holds(zero!), it.holds(again!), again!.offset]).toEqual([false, true, 0])
  it.drop()
  expect([it.holds(again!), it.holds(one!), it.readyCount]).toEqual([false, false, 0])
})

test('what came back goes out first, in its order', () => {
  const it = partition(0)
  it.take(records(0, 1, 2))
  const receipts = handed(it)
  it.take(records(3))
  it.putBack(receipts[2]!)
  it.putBack(receipts[0]!)
  expect(handed(it).map(({ offset }) => offset)).toEqual([0, 2, 3])
})
