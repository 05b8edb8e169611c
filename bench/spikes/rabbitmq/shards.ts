// Order shards: quorum queues with a single active consumer, and who of three processes holds them.
import { createHash } from 'node:crypto'
import type { ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { ChannelModel } from 'amqplib'
import { closed, connected, eventually, fill, lab, quorumQueue, sequence, taker, wait, type Taker } from './lab.ts'
import { child, kill } from '../shared/children.ts'
import { percentiles } from '../shared/percentiles.ts'
import type { Hold, Told } from './shard-holder.ts'

const SCRIPT = fileURLToPath(new URL('shard-holder.ts', import.meta.url))
const SHARDS = 4
const SINGLE = { 'x-single-active-consumer': true }
const HEARTBEAT = 3

await lab('Order shards with a single active consumer', async ({ url }) => {
  const model = await connected(url)
  await balance(model, url)
  await preference(model)
  await standby(model, url)
  for (const end of ['kill -9', 'SIGSTOP'] as const) await takeover(model, url, end)
  await renewal(model)
  await handOver(model)
  await closed(model)
})

/** 1 to 65,535: how much this process should hold this shard, with no list of members. */
function rendezvous(instance: string, shard: number): number {
  return 1 + (createHash('sha256').update(`${instance}:${shard}`).digest().readUInt16BE(0) % 65_535)
}

/** Three processes come one after the other: who gets the next message of each shard? */
async function balance(model: ChannelModel, url: string): Promise<void> {
  const queues = await Promise.all(Array.from({ length: SHARDS }, () => quorumQueue(model, SINGLE)))
  const names = ['a', 'b', 'c']
  const wanted = queues.map((_, shard) => names.toSorted((x, y) => rendezvous(y, shard) - rendezvous(x, shard))[0])
  console.log(`preferred holders ${wanted.join(' ')}`)
  const holders: ChildProcess[] = []
  for (const name of names) {
    const holds = queues.map((queue, shard): Hold => ({
      queue,
      priority: rendezvous(name, shard),
      prefetch: 20,
      ack: true,
    }))
    holders.push(await started(url, name, holds))
    console.log(
      `  with ${names.slice(0, holders.length).join(' ')}: held by ${(await whoHolds(model, queues, holders)).join(' ')}`,
    )
  }
  await kill(holders.pop()!)
  console.log(`  c killed: held by ${(await whoHolds(model, queues, holders)).join(' ')}`)
  await Promise.all(holders.map(kill))
}

async function whoHolds(
  model: ChannelModel,
  queues: readonly string[],
  holders: readonly ChildProcess[],
): Promise<string[]> {
  const by = new Map<string, string>()
  const note = (told: Told): void => void (told !== 'registered' && by.set(told.queue, told.holder))
  for (const holder of holders) holder.on('message', note)
  await Promise.all(queues.map((queue) => fill(model, queue, 1, 1)))
  await eventually(() => by.size === queues.length, 'probe of each shard')
  for (const holder of holders) holder.off('message', note)
  return queues.map((queue) => by.get(queue)!)
}

/** A preferred consumer registers while the holder has unsettled messages and more are ready. */
async function preference(model: ChannelModel): Promise<void> {
  const idle: number[] = []
  for (let n = 0; n < 20; n++) {
    const queue = await quorumQueue(model, SINGLE)
    const low = await taker(model, queue, 5, { priority: 1 })
    const start = performance.now()
    const high = await taker(model, queue, 5, { priority: 2 })
    await fill(model, queue, 1, 1)
    await eventually(() => low.got.length + high.got.length === 1, 'message')
    if (high.got.length === 1) idle.push(performance.now() - start)
    await Promise.all([low.channel.close(), high.channel.close()])
  }
  console.log(
    `idle holder, a preferred one registers: ${idle.length} of 20 next messages came to it; registered to delivered ${idle.length > 0 ? percentiles(idle) : '-'}`,
  )

  const queue = await quorumQueue(model, SINGLE)
  await fill(model, queue, 1, 20)
  const low = await taker(model, queue, 5, { priority: 1 })
  await low.until(5)
  const high = await taker(model, queue, 5, { priority: 2 })
  for (const message of low.got.slice(1, 5)) low.channel.ack(message)
  await wait(500)
  console.log(
    `holder has 1-5 and settles 2-5 while 1 is held: it gets "${sequence(low.got.slice(5))}", the preferred one "${sequence(high.got)}"`,
  )
  const ready = await low.channel.checkQueue(queue)
  console.log(
    `  the holder sees ${ready.messageCount} ready and ${ready.consumerCount} consumers, its prefetch has room for 4`,
  )
  const start = performance.now()
  low.channel.nack(low.got[0]!, false, true)
  await wait(300)
  const moved = high.got.length > 0
  console.log(
    `  it gives 1 back: the holder gets "${sequence(low.got.slice(5))}", the preferred one "${sequence(high.got)}"`,
  )
  if (moved) return void (await Promise.all([low.channel.close(), high.channel.close()]))
  await low.channel.close()
  await high.until(1)
  console.log(
    `  its channel closes: after ${(performance.now() - start - 300).toFixed(1)} ms the preferred one has "${sequence(high.got)}"`,
  )
  await high.channel.close()
}

/** What a consumer sees that is registered but not active, and what it costs to subscribe anew to be sure. */
async function standby(model: ChannelModel, url: string): Promise<void> {
  const queue = await quorumQueue(model, SINGLE)
  await fill(model, queue, 1, 10)
  const active = await taker(model, queue, 5)
  await active.until(5)
  const other = await connected(url)
  const waiting = await taker(other, queue, 5)
  await wait(200)
  const seen = await waiting.channel.checkQueue(queue)
  console.log(
    `standby: ${waiting.got.length} messages came, ${seen.messageCount} ready, ${seen.consumerCount} consumers`,
  )
  const times: number[] = []
  let tag = waiting.consumerTag
  for (let n = 0; n < 100; n++) {
    const start = performance.now()
    await waiting.channel.cancel(tag)
    const { consumerTag } = await waiting.channel.consume(
      queue,
      (message) => void (message && waiting.got.push(message)),
    )
    tag = consumerTag
    times.push(performance.now() - start)
  }
  console.log(`standby subscribes anew: ${percentiles(times)}; the holder still has ${sequence(active.got)}`)
  await active.channel.cancel(active.consumerTag)
  await waiting.until(5)
  console.log(`the holder cancels with 1-5 unsettled: the standby gets "${sequence(waiting.got)}"`)
  active.channel.nackAll(true)
  for (const message of waiting.got.slice()) waiting.channel.ack(message)
  await waiting.until(10)
  console.log(`  and after its nack, "${sequence(waiting.got.slice(5))}"`)
  await active.channel.close()
  await closed(other)
}

/** The holder has 5 of 12, a standby waits: what comes to it, when, in which order. */
async function takeover(model: ChannelModel, url: string, end: 'kill -9' | 'SIGSTOP'): Promise<void> {
  const times: number[] = []
  let came = ''
  for (let round = 0; round < (end === 'SIGSTOP' ? 2 : 5); round++) {
    const queue = await quorumQueue(model, SINGLE)
    await fill(model, queue, 1, 12)
    const holder = await started(url, 'a', [{ queue, priority: 0, prefetch: 5, ack: false }], 5)
    const next = await taker(model, queue, 20)
    const start = performance.now()
    if (end === 'kill -9') await kill(holder)
    else holder.kill('SIGSTOP')
    await next.until(12)
    times.push(performance.now() - start)
    came = sequence(next.got)
    if (end === 'SIGSTOP') await kill(holder)
    await next.channel.close()
  }
  console.log(
    `holder of 1-5 ends by ${end}${end === 'SIGSTOP' ? ` (heartbeat ${HEARTBEAT} s)` : ''}: the standby has "${came}" after ${times.map((ms) => ms.toFixed(0)).join(', ')} ms`,
  )
}

/** A hold is renewed by giving back: what comes back here, and what a next holder sees. Odd numbers are one key. */
async function renewal(model: ChannelModel): Promise<void> {
  const ways: Readonly<Record<string, readonly number[] | 'all'>> = {
    'head 1': [1],
    'its key 1 3 5': [1, 3, 5],
    'key of the middle 2 4': [2, 4],
    'all, one multiple nack': 'all',
  }
  for (const [name, numbers] of Object.entries(ways)) {
    const queue = await quorumQueue(model, SINGLE)
    await fill(model, queue, 1, 8)
    const holder = await taker(model, queue, 5)
    await holder.until(5)
    const next = await taker(model, queue, 20)
    if (numbers === 'all') holder.channel.nackAll(true)
    else for (const n of numbers) holder.channel.nack(holder.got[n - 1]!, false, true)
    await holder.until(5 + (numbers === 'all' ? 5 : numbers.length))
    await wait(100)
    const counts = holder.got.slice(5).map(({ properties }) => properties.headers?.['x-delivery-count'] ?? 0)
    const back = sequence(holder.got.slice(5))
    await holder.channel.close()
    await next.until(8)
    console.log(
      `renewal of ${name}: comes back as "${back}" (delivery count ${counts.join(' ')}); the next holder gets "${sequence(next.got)}"`,
    )
    await next.channel.close()
  }
}

/** A holder of 1-5 of 12 ends in a planned way: what does the standby get, and does it count? */
async function handOver(model: ChannelModel): Promise<void> {
  const ways: Readonly<Record<string, (held: Taker) => unknown>> = {
    'close the channel': ({ channel }) => channel.close(),
    'cancel, then nackAll': async ({ channel, consumerTag }) => {
      await channel.cancel(consumerTag)
      channel.nackAll(true)
    },
    'nackAll and cancel in one write': async ({ channel, consumerTag }) => {
      channel.nackAll(true)
      await channel.cancel(consumerTag)
      channel.nackAll(true)
    },
    'nackAll and close in one write': ({ channel }) => {
      channel.nackAll(true)
      return channel.close()
    },
  }
  for (const [name, end] of Object.entries(ways)) {
    const queue = await quorumQueue(model, SINGLE)
    await fill(model, queue, 1, 12)
    const holder = await taker(model, queue, 5)
    await holder.until(5)
    const next = await taker(model, queue, 20)
    await end(holder)
    await next.until(12)
    const counted = next.got.filter(({ properties }) => properties.headers?.['x-delivery-count'] > 0).length
    console.log(`hand-over by ${name}: the standby gets "${sequence(next.got)}", ${counted} of them counted`)
    await next.channel.close()
  }
}

/** A process that holds; resolves when it is registered and has `count` deliveries. */
async function started(url: string, name: string, holds: readonly Hold[], count = 0): Promise<ChildProcess> {
  const holder = await child(SCRIPT, `${url}?heartbeat=${HEARTBEAT}`, name, JSON.stringify(holds))
  const told: Told[] = []
  const listen = (what: Told): void => void told.push(what)
  holder.on('message', listen)
  await eventually(() => told.includes('registered') && told.length > count, `${count} deliveries to ${name}`)
  holder.off('message', listen)
  return holder
}
