import { expect, test } from 'vitest'
import { z } from 'zod'
import { bodyCheck, isSchema, type, type AnySchema, type Schema } from './schema.ts'

const total = z.object({ id: z.string(), total: z.coerce.number().default(0) })
const handMade = (validate: (value: unknown) => unknown): Schema => ({
  '~standard': { version: 1, vendor: 'test', validate: validate as Schema['~standard']['validate'] },
})

test('define.schema-single: what was sent travels as given; the consumer sees the output', () => {
  const { send, receive } = bodyCheck(total)
  const body = { id: 'a', extra: 1 }
  const sent = send!(body)
  expect(sent.problems).toBeUndefined()
  expect((sent as { value: unknown }).value).toBe(body)
  expect(receive!(body)).toEqual({ value: { id: 'a', total: 0 } })
})

test('define.schema-pair: what `send` outputs travels, and `receive` reads it', () => {
  const { send, receive } = bodyCheck({
    send: total,
    receive: z.union([z.object({ v: z.literal(1) }), total.transform((t) => t.total)]),
  })
  expect(send!({ id: 'a', total: '7' })).toEqual({ value: { id: 'a', total: 7 } })
  expect(receive!({ id: 'a', total: 7 })).toEqual({ value: 7 })
  expect(receive!({ v: 1 })).toEqual({ value: { v: 1 } })
})

test('define.schema-single: every problem is named by its path', () => {
  const { problems } = bodyCheck(z.object({ lines: z.array(z.object({ sku: z.string() })), id: z.string() })).send!({
    lines: [{ sku: 1 }],
  })
  expect(problems?.map(({ path }) => path)).toEqual(['body.lines.0.sku', 'body.id'])
  expect(bodyCheck(z.string()).send!(5).problems?.map(({ path }) => path)).toEqual(['body'])
  const keyed = handMade(() => ({ issues: [{ message: 'no', path: [{ key: 'a' }, Symbol('b')] }] }))
  expect(bodyCheck(keyed).receive!(1)).toEqual({ problems: [{ path: 'body.a.Symbol(b)', message: 'no' }] })
})

test.for<[string, () => unknown]>([
  ['a promise', () => Promise.resolve({ value: 1 })],
  ['a promise that rejects', () => Promise.reject(new Error('late'))],
  [
    'a thenable of another library',
    () => ({ then: (_: unknown, failed: (error: unknown) => void) => failed(new Error('late')) }),
  ],
])('define.schema-sync, error.none-unhandled: a schema that answers with %s is refused', ([, validate]) => {
  const { send, receive } = bodyCheck(handMade(validate))
  for (const check of [send!, receive!])
    expect(check({}).problems).toEqual([{ path: 'schema', message: expect.stringContaining('synchronous') as string }])
})

test('define.schema-single: a refusal without a reason is a refusal', () => {
  const { send } = bodyCheck(handMade(() => ({ issues: [] })))
  expect(send!({}).problems).toHaveLength(1)
})

test('define.schema-single: type<T>() and no schema check nothing', () => {
  for (const schema of [undefined, type<{ a: string }>()])
    expect(bodyCheck(schema as AnySchema | undefined)).toEqual({ send: undefined, receive: undefined })
})

test('any Standard Schema is one, functions included; anything else is none', () => {
  const callable = Object.assign(
    () => 1,
    handMade((value) => ({ value })),
  )
  expect([total, handMade((value) => ({ value })), callable, type()].every(isSchema)).toBe(true)
  expect(
    [null, undefined, {}, { '~standard': {} }, { '~standard': { validate: 1 } }, () => 1, 'x'].some(isSchema),
  ).toBe(false)
})
