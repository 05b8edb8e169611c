import { seededRandomness } from '@anymq/core/testing'

/** A field: values that are right, and values that are wrong or may be. Required ones are never left out. */
export interface Leaf {
  readonly good: readonly unknown[]
  readonly bad: readonly unknown[]
  readonly required?: boolean
}
/** An object of fields. */
export interface Shape {
  readonly [field: string]: Leaf | Shape
}

/** A value, and the paths where something was planted that is wrong or may be. None: it is right, and must be accepted. */
export interface Input {
  readonly value: unknown
  readonly planted: readonly string[]
  /** True where what was planted is wrong for certain. */
  readonly mustRefuse: boolean
}

interface Planted {
  readonly path: string
  readonly isWrong: boolean
}

/** What every getter and trap below throws: an error that shows it has said what happened. */
export const TRAP = 'a trap in the input'

const trap = (): never => {
  throw new Error(TRAP)
}
const trapped = (): object =>
  new Proxy(
    {},
    { get: trap, has: trap, ownKeys: trap, getPrototypeOf: trap, getOwnPropertyDescriptor: trap, isExtensible: trap },
  )

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  return proxy
}

function circular(): object {
  const self: Record<string, unknown> = {}
  self['self'] = self
  return self
}

function deep(levels: number): unknown {
  let value: unknown = 1
  for (let i = 0; i < levels; i++) value = [value]
  return value
}

const HUGE = 'x'.repeat(20_000)
const DEEP = deep(20_000)

/** Values that nobody should hand in. */
const WILD: readonly (() => unknown)[] = [
  () => null,
  () => Number.NaN,
  () => Infinity,
  () => -Infinity,
  () => -1,
  () => -0,
  () => 0.5,
  () => 1e300,
  () => 2 ** 53,
  () => 5n,
  () => '',
  () => ' ',
  () => 'no such thing',
  () => HUGE,
  () => '\u0000',
  () => '\ud800',
  () => '__proto__',
  () => '5 s',
  () => Symbol('wild'),
  () => true,
  () => false,
  () => [],
  () => [null],
  () => new Array<unknown>(3),
  () => ['a', 'a'],
  () => ({}),
  () => ({ length: 1 }),
  () => Object.create(null) as object,
  () => JSON.parse('{"__proto__":1,"constructor":2}') as object,
  () => new Date(Number.NaN),
  () => new Map([['a', 1]]),
  () => new Set(['a']),
  () => /x/,
  () => new Uint8Array(3),
  () => new Error('wild'),
  () => Object('5s') as object,
  () => circular(),
  () => deep(50),
  () => DEEP,
  () => ({ toString: trap, valueOf: trap, toJSON: trap }),
  () => ({ [Symbol.toPrimitive]: trap }),
  () => Object.defineProperty({}, 'id', { get: trap, enumerable: true }),
  trapped,
  revoked,
]

const UNKNOWN: readonly string[] = [
  'no-such-field',
  '__proto__',
  'constructor',
  'toString',
  '',
  'Retry',
  'x'.repeat(300),
]

/** Makes inputs, the same ones for the same seed: right ones, right ones with something planted in them, and wild ones. */
export class WildInputs {
  readonly #random: () => number

  constructor(seed: number) {
    const random = seededRandomness(seed)
    this.#random = () => random.next()
  }

  chance(probability: number): boolean {
    return this.#random() < probability
  }

  below(limit: number): number {
    return Math.floor(this.#random() * limit)
  }

  pick<T>(values: readonly T[]): T {
    return values[this.below(values.length)]!
  }

  wild(): unknown {
    return this.pick(WILD)()
  }

  /** A lone value. */
  value(path: string, { good, bad }: Leaf): Input {
    if (this.chance(0.55)) return { value: this.pick(good), planted: [], mustRefuse: false }
    const { value, isWrong } = this.#wrong(bad)
    return { value, planted: [path], mustRefuse: isWrong }
  }

  /** An object: mostly right, often with one or two things planted, now and then nothing like it. `whole`: its name. */
  object(whole: string, shape: Shape, compose: (value: Record<string, unknown>) => void = () => undefined): Input {
    if (this.chance(0.03)) {
      const value = this.wild()
      return { value, planted: [whole], mustRefuse: typeof value !== 'object' && value !== undefined }
    }
    const value = this.#good(shape)
    compose(value)
    const planted: Planted[] = []
    if (this.chance(0.5)) planted.push(this.#plant(value, shape))
    if (this.chance(0.1)) planted.push(this.#plant(value, shape))
    // The second may have been planted over the first.
    return {
      value,
      planted: planted.map(({ path }) => path),
      mustRefuse: planted.length === 1 && planted.every(({ isWrong }) => isWrong),
    }
  }

  #good(shape: Shape): Record<string, unknown> {
    const value: Record<string, unknown> = {}
    for (const [field, inner] of Object.entries(shape)) {
      const isLeafField = isLeaf(inner)
      if (!(isLeafField && inner.required === true) && !this.chance(0.25)) continue
      value[field] = isLeafField ? this.pick(inner.good) : this.#good(inner)
    }
    return value
  }

  #plant(value: Record<string, unknown>, shape: Shape): Planted {
    const kind = this.#random()
    if (kind < 0.15) {
      const path = this.pick(UNKNOWN)
      define(value, path, { value: this.wild() })
      return { path, isWrong: true }
    }
    const path = this.pick(Object.keys(shape))
    const field = shape[path]!
    if (kind < 0.2) {
      define(value, path, { get: trap })
      return { path, isWrong: true }
    }
    if (isLeaf(field)) {
      const { value: wrong, isWrong } = this.#wrong(field.bad)
      define(value, path, { value: wrong })
      return { path, isWrong }
    }
    if (kind < 0.35) {
      define(value, path, { value: this.wild() })
      return { path, isWrong: false }
    }
    const inner = this.#good(field)
    define(value, path, { value: inner })
    const below = this.#plant(inner, field)
    return { path: `${path}.${below.path}`, isWrong: below.isWrong }
  }

  #wrong(bad: readonly unknown[]): { readonly value: unknown; readonly isWrong: boolean } {
    const isWrong = bad.length > 0 && this.chance(0.6)
    return { value: isWrong ? this.pick(bad) : this.wild(), isWrong }
  }
}

function isLeaf(field: Leaf | Shape): field is Leaf {
  return Array.isArray((field as Leaf).good)
}

function define(on: object, field: string, property: PropertyDescriptor): void {
  Object.defineProperty(on, field, { enumerable: true, configurable: true, ...property })
}
