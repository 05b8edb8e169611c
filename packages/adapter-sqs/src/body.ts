import { Buffer } from 'node:buffer'

/** How a body stands in a message: SQS takes text of certain characters only, and none that is empty. */
export type BodyForm = 'text' | 'base64' | 'empty'

// oxlint-disable-next-line no-control-regex -- exactly the characters that SQS refuses
const REFUSED = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/
const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Text stays as it is, so that others can read it; everything else becomes base64. */
export function bodyText(body: Uint8Array): { readonly text: string; readonly form: BodyForm } {
  if (body.length === 0) return { text: '-', form: 'empty' }
  const text = textOf(body)
  if (text !== undefined && !REFUSED.test(text)) return { text, form: 'text' }
  return { text: Buffer.from(body.buffer, body.byteOffset, body.length).toString('base64'), form: 'base64' }
}

export function bodyBytes(text: string, form: string): Uint8Array {
  if (form === 'empty') return new Uint8Array(0)
  return Buffer.from(text, form === 'base64' ? 'base64' : 'utf8')
}

function textOf(body: Uint8Array): string | undefined {
  try {
    return strict.decode(body)
  } catch {
    return undefined
  }
}
