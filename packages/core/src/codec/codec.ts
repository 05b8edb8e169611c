/** What a codec carries by its nature, where no schema says more. */
export type CodecBody<C> = C extends Codec<'text'> ? string : C extends Codec<'bytes'> ? Uint8Array : unknown

/**
 * Turns bodies into bytes and back. What travels is the codec's bytes and nothing else.
 * A codec is a frozen value without state; `encode` must copy, so that a later change to the body changes nothing.
 */
export interface Codec<Kind extends string = string> {
  /** Its name, such as `json`. */
  readonly kind: Kind
  /** Travels as `content-type`; on the way in it selects the codec. */
  readonly contentType: string
  /** Travels as `content-encoding`, such as `gzip`. Default: none. */
  readonly contentEncoding?: string | undefined
  /** The bytes of a body. Throws for what it cannot carry. */
  encode(body: unknown): Uint8Array
  /** The body of these bytes. Throws for what is none. */
  decode(bytes: Uint8Array): unknown
}

/** True for an object that can do what a codec does. */
export function isCodec(value: unknown): value is Codec {
  if (typeof value !== 'object' || value === null) return false
  const { contentType, contentEncoding, encode, decode } = value as Record<string, unknown>
  const isEncoded = typeof contentEncoding === 'string' && contentEncoding !== ''
  return (
    typeof contentType === 'string' &&
    (contentEncoding === undefined || isEncoded) &&
    typeof encode === 'function' &&
    typeof decode === 'function'
  )
}
