import { randomBytes } from 'node:crypto'
import { gunzipSync, gzipSync } from 'node:zlib'
import { bytes, gzip, json, MqError, queue, text, type as typed, type Codec } from '@anymq/core'
import { expect, test } from 'vitest'
import { rawClient, targetOf } from './raw.ts'
import { world } from './world.ts'

const report = 'a line of a report\n'.repeat(400)
const packed = queue('reports', { schema: typed<string>(), codec: gzip(json, { limit: 10_000 }) })
const plain = queue('reports', { schema: typed<string>() })

async function bodies(
  definition: typeof packed,
  sends: readonly { body: Uint8Array; headers?: Record<string, string> }[],
) {
  const w = world([definition])
  const b = await w.broker()
  const raw = await rawClient(w)
  for (const [n, { body, headers }] of sends.entries())
    await raw.send('reports', { body, id: `r-${n}`, ...(headers === undefined ? {} : { headers }) })
  const got: Record<string, string> = {}
  b.consumer(definition).subscribe(({ id, body }) => void (got[id] = body))
  await w.clock.settle()
  for (const letter of await b.deadLetters(definition).peek())
    got[letter.id] = letter.valid ? 'valid' : `${letter.reason}: ${letter.error}`
  return got
}

const headersOf = (encoding: string | undefined, contentType = 'application/json'): Record<string, string> => ({
  'content-type': contentType,
  ...(encoding === undefined ? {} : { 'content-encoding': encoding }),
})

test('define.gzip, wire.headers: packed bodies travel packed, say so, and any consumer reads them', async () => {
  const w = world([packed])
  const b = await w.broker()
  await b.producer(packed).send(report, { id: 'r-1' })
  expect(w.server.bytes).toBeLessThan(300)
  const other = await w.broker({ definitions: [plain] })
  const [message] = await other.consumer(plain).receive()
  expect(message!.body).toBe(report)
  await message!.ack()
})

test('define.gzip, define.codec-incoming: content type and encoding select the codec, whatever the definition says', async () => {
  const body = json.encode('x')
  const sends = [
    { body: gzipSync(body), headers: headersOf('gzip') },
    { body, headers: headersOf(undefined) },
    { body, headers: headersOf('identity') },
    { body: gzipSync('x'), headers: headersOf(' GZIP ', 'Text/Plain') },
    { body: gzipSync(body), headers: { 'content-encoding': 'gzip' } },
  ]
  const all = { 'r-0': 'x', 'r-1': 'x', 'r-2': 'x', 'r-3': 'x', 'r-4': 'x' }
  expect(await bodies(packed, sends)).toEqual(all)
  expect(await bodies(plain as never, sends)).toEqual(all)
})

test('define.gzip, define.codec-incoming: without headers a definition that packs reads packed and plain bodies', async () => {
  const body = json.encode('x')
  expect(await bodies(packed, [{ body: gzipSync(body) }, { body }])).toEqual({ 'r-0': 'x', 'r-1': 'x' })
})

test('define.gzip, dead.bad-input: what is cut off, too large unpacked, not packed or packed otherwise is dead at once', async () => {
  const body = json.encode('x'.repeat(10_000))
  const bomb = gzipSync(json.encode('x'.repeat(20_000_000)))
  const got = await bodies(packed, [
    { body: gzipSync(body).subarray(0, 20), headers: headersOf('gzip') },
    { body: gzipSync(body), headers: headersOf('gzip') },
    { body: json.encode('x'), headers: headersOf('gzip') },
    { body: json.encode('x'), headers: headersOf('br') },
    { body: gzipSync('x'), headers: headersOf('gzip', 'application/avro') },
  ])
  const undecodable = (why: RegExp): string =>
    expect.stringMatching(new RegExp(`^undecodable: .*${why.source}`)) as string
  expect(got).toEqual({
    'r-0': undecodable(/unexpected end of file/),
    'r-1': undecodable(/it unpacks to more than 10000 bytes/),
    'r-2': undecodable(/incorrect header check/),
    'r-3': undecodable(/content-encoding "br" is not known here/),
    'r-4': undecodable(/content-type "application\/avro" is not known here/),
  })
  expect(await bodies(plain as never, [{ body: bomb, headers: headersOf('gzip') }])).toEqual({
    'r-0': undecodable(/it unpacks to more than 16777216 bytes/),
  })
})

test('define.gzip, send.max-body: maxBody counts packed bytes, the limit those before', async () => {
  const small = queue('small', { schema: typed<string>(), codec: gzip(text, { limit: 50_000 }), maxBody: 200 })
  const b = await world([small]).broker()
  await b.producer(small).send('x'.repeat(50_000))
  await expect(b.producer(small).send('x'.repeat(50_001))).rejects.toMatchObject({
    code: 'MQ_INVALID',
    message: expect.stringMatching(/has 50001 bytes before packing; 50000 are allowed/) as string,
  })
  const noise = randomBytes(400).toString('base64')
  await expect(b.producer(small).send(noise)).rejects.toMatchObject({ code: 'MQ_TOO_LARGE' })
})

test('define.gzip, redrive.map: a repaired body of a definition that packs is packed again, and says so', async () => {
  const w = world([packed])
  const b = await w.broker()
  const raw = await rawClient(w)
  await raw.send('reports', { body: '"x', headers: headersOf(undefined) })
  b.consumer(packed).subscribe(() => undefined)
  await w.clock.settle()
  const quiet = b.deadLetters(packed)
  const seen: { headers: Record<string, string>; body: string }[] = []
  expect(await quiet.redrive({ map: () => 'repaired', dryRun: true })).toMatchObject({ moved: 1 })
  await b.close()
  const reader = await w.broker()
  await reader.deadLetters(packed).redrive({ map: () => 'repaired' })
  const feed = await raw.driver.open(
    targetOf('reports'),
    { window: 1, span: 1, lease: 1000, preference: 0, browse: true },
    {
      deliver: (batch) =>
        seen.push(
          ...batch.map(({ headers, body }) => ({ headers: { ...headers }, body: gunzipSync(body!).toString() })),
        ),
      demand: () => 1,
      revoke: () => undefined,
      fail: () => undefined,
    },
  )
  await w.clock.settle()
  await feed.close()
  expect(seen).toMatchObject([
    { headers: { 'content-encoding': 'gzip', 'content-type': 'application/json' }, body: '"repaired"' },
  ])
})

test('define.codec-incoming: a codec of your own with an encoding of its own is written and read by it', async () => {
  const reversed: Codec = {
    kind: 'reversed',
    contentType: 'application/octet-stream',
    contentEncoding: 'x-reverse',
    encode: (body) => Uint8Array.from(body as Uint8Array).toReversed(),
    decode: (encoded) => Uint8Array.from(encoded).toReversed(),
  }
  const own = queue('own', { schema: typed<Uint8Array>(), codec: reversed })
  const w = world([own])
  const b = await w.broker()
  await b.producer(own).send(Uint8Array.of(1, 2, 3))
  const [message] = await b.consumer(own).receive()
  expect([...message!.body]).toEqual([1, 2, 3])
  expect(() => queue('bad', { codec: { ...bytes, contentEncoding: 5 } as never })).toThrow(MqError)
})
