import type { StandardSchemaV1 } from '@standard-schema/spec'
import type { CodecBody } from '../codec/codec.ts'
import type { Problem } from '../errors.ts'

/** Any Standard Schema (https://standardschema.dev): zod, valibot, arktype and others. */
export type Schema<In = unknown, Out = In> = StandardSchemaV1<In, Out>

/** Two schemas for evolution: say v2 is sent while v1 and v2 are received. What `send` outputs travels. */
export interface SchemaPair<A extends Schema = Schema, B extends Schema = Schema> {
  readonly send: A
  readonly receive: B
}

/** What the field `schema` of a definition takes. */
export type AnySchema = Schema | SchemaPair

/** A schema that checks nothing: types alone. */
export type Types<T> = Schema<T, T>

const PASS: Schema = Object.freeze({
  '~standard': Object.freeze({ version: 1, vendor: 'anymq', validate: (value: unknown) => ({ value }) }),
})

/** Types without a check at run time: `schema: type<{ id: string }>()`. */
export function type<T>(): Types<T> {
  return PASS as Types<T>
}

/** Where a schema says nothing, the codec says what it carries. */
type Known<T, C> = unknown extends T ? CodecBody<C> : T

/** What a producer accepts. */
export type InOf<S, C> = Known<
  S extends SchemaPair<infer A, Schema>
    ? StandardSchemaV1.InferInput<A>
    : S extends Schema
      ? StandardSchemaV1.InferInput<S>
      : unknown,
  C
>
/** What travels. */
export type WireOf<S> =
  S extends SchemaPair<infer A, Schema>
    ? StandardSchemaV1.InferOutput<A>
    : S extends Schema
      ? StandardSchemaV1.InferInput<S>
      : unknown
/** What a handler gets. */
export type OutOf<S, C> = Known<
  S extends SchemaPair<Schema, infer B>
    ? StandardSchemaV1.InferOutput<B>
    : S extends Schema
      ? StandardSchemaV1.InferOutput<S>
      : unknown,
  C
>

/** The outcome of a check. */
type Checked = { readonly value: unknown; readonly problems?: undefined } | { readonly problems: readonly Problem[] }

/** The two directions of a definition's schema, ready to run. Undefined: nothing to check. */
export interface BodyCheck {
  readonly send: ((body: unknown) => Checked) | undefined
  readonly receive: ((body: unknown) => Checked) | undefined
}

const UNCHECKED: BodyCheck = Object.freeze({ send: undefined, receive: undefined })

/** True for an object (or a function, as some libraries use) with the `~standard` property. */
export function isSchema(value: unknown): value is Schema {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return false
  const standard = (value as { '~standard'?: { validate?: unknown } })['~standard']
  return typeof standard === 'object' && typeof standard?.validate === 'function'
}

/** One schema: what was sent is validated and travels as given. A pair: what `send` outputs travels. */
export function bodyCheck(schema: AnySchema | undefined): BodyCheck {
  if (schema === undefined || schema === PASS) return UNCHECKED
  if (!isSchema(schema)) return Object.freeze({ send: checkWith(schema.send), receive: checkWith(schema.receive) })
  const receive = checkWith(schema)
  return Object.freeze({
    send: (body) => {
      const checked = receive(body)
      return checked.problems === undefined ? { value: body } : checked
    },
    receive,
  } satisfies BodyCheck)
}

function checkWith(schema: Schema): (body: unknown) => Checked {
  return (body) => {
    const result = schema['~standard'].validate(body)
    if ('then' in result) return asynchronous(result)
    if (result.issues === undefined) return { value: result.value }
    const problems = result.issues.map((issue) => ({ path: pathOf(issue.path), message: issue.message }))
    return {
      problems:
        problems.length > 0
          ? problems
          : [{ path: 'body', message: 'is refused by the schema, which does not say why' }],
    }
  }
}

function asynchronous(result: PromiseLike<unknown>): Checked {
  // Nobody waits for it any more: it must not become an unhandled rejection.
  result.then(undefined, () => undefined)
  return {
    problems: [
      {
        path: 'schema',
        message:
          'answers with a promise, as zod also does where reading the body throws; AnyMQ needs a synchronous schema',
      },
    ],
  }
}

function pathOf(path: StandardSchemaV1.Issue['path']): string {
  if (path === undefined || path.length === 0) return 'body'
  return `body.${path.map((part) => String(typeof part === 'object' ? part.key : part)).join('.')}`
}
