import type { Codec } from '../codec/codec.ts'

/** What the editor shows when something cannot be: a property that nobody can supply, named by a sentence. */
export interface TypeProblem<Sentence extends string> {
  readonly ' problem': Sentence
}

type Unsafe =
  | Date
  | ReadonlyMap<unknown, unknown>
  | ReadonlySet<unknown>
  | bigint
  | symbol
  | Uint8Array
  | RegExp
  | ((...args: never[]) => unknown)

type HasUnsafe<T> = unknown extends T
  ? false
  : T extends Unsafe
    ? true
    : T extends readonly (infer E)[]
      ? HasUnsafe<E>
      : T extends object
        ? true extends { [K in keyof T]-?: HasUnsafe<NonNullable<T[K]>> }[keyof T]
          ? true
          : false
        : false

type JsonSafe<T> =
  true extends HasUnsafe<T>
    ? TypeProblem<'This body holds a Date, Map, Set, bigint, bytes or function, which JSON would change. Use an ISO string (z.iso.datetime()) or another codec.'>
    : unknown

/** `unknown` where the codec carries the body unchanged, else a sentence. */
export type Carries<C extends Codec, T> = C extends Codec<'json'> ? JsonSafe<T> : unknown
