import { interleaved, type Samples } from '../measure/rounds.ts'
import { median, pairedRatio } from '../measure/statistics.ts'
import { count, table } from '../measure/table.ts'
import type { Operations } from './counting.ts'
import { featureContender } from './feature-contender.ts'
import { features, PLAIN, type Feature } from './features.ts'
import { heapPerMessage } from './heap.ts'
import { idleShare } from './idle.ts'
import { goalTable, type Goal } from './goals.ts'

const HEAD = ['feature', 'msg/s', 'CPU us/msg', 'CPU of plain', 'of its twin', 'sent', 'delivered', 'settled']

/** What each feature and each emulation costs; the last columns are broker operations per message. True if every goal was met. */
export async function featureBench(rounds: number, messages: number): Promise<boolean> {
  const heaps = [await heapPerMessage({}), await heapPerMessage({ delay: '30m' })]
  const idle = await idleShare(100, ['priority', 'delay'])
  const all = features()
  const operations = new Map(
    all.map(({ name }): [string, Operations] => [name, { sends: 0, deliveries: 0, settlements: 0 }]),
  )
  const contenders = all.map((feature) => featureContender(feature, messages, operations.get(feature.name)!))
  const samples = await interleaved(contenders, rounds)
  const rows = all.map((feature) => rowOf(feature, samples, operations.get(feature.name)!, messages, rounds + 1))
  console.log(`\n${table(HEAD, rows)}`)
  return goalTable(goals(samples, heaps, idle))
}

function cpuOf(samples: Samples, name: string): number[] {
  return samples.get(name)!.map(({ cpu }) => cpu)
}

function rowOf(feature: Feature, samples: Samples, operations: Operations, messages: number, runs: number): string[] {
  const { name, twin } = feature
  const each = (total: number): string => (total / messages / runs).toFixed(2)
  const time = median(samples.get(name)!.map(({ milliseconds }) => milliseconds))
  return [
    name,
    count((messages / time) * 1000),
    (median(cpuOf(samples, name)) / messages).toFixed(2),
    pairedRatio(cpuOf(samples, name), cpuOf(samples, PLAIN)).toFixed(2),
    twin === undefined ? '' : pairedRatio(cpuOf(samples, name), cpuOf(samples, twin)).toFixed(2),
    each(operations.sends),
    each(operations.deliveries),
    each(operations.settlements),
  ]
}

function goals(samples: Samples, [heap = NaN, delayedHeap = NaN]: readonly number[], idle: number): Goal[] {
  const ordered = 1 / pairedRatio(timeOf(samples, 'ordered, 10,000 keys'), timeOf(samples, PLAIN))
  const delayed = pairedRatio(cpuOf(samples, 'delayed'), cpuOf(samples, PLAIN))
  return [
    {
      what: 'ordered with 10,000 keys: rate against unordered',
      value: ordered,
      wanted: 'at least 0.5',
      isMet: ordered >= 0.5,
    },
    {
      what: 'a delayed message: CPU against an immediate one',
      value: delayed,
      wanted: 'at most 3',
      isMet: delayed <= 3,
    },
    { what: 'heap per waiting message beyond the body, B', value: heap, wanted: 'at most 600', isMet: heap <= 600 },
    { what: 'the same of a delayed one, B', value: delayedHeap, wanted: 'at most 600', isMet: delayedHeap <= 600 },
    {
      what: 'idle relays and lanes of 100 queues, % of a core',
      value: idle * 100,
      wanted: 'under 1',
      isMet: idle < 0.01,
    },
  ]
}

function timeOf(samples: Samples, name: string): number[] {
  return samples.get(name)!.map(({ milliseconds }) => milliseconds)
}
