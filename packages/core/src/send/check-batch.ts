import { abortSignal, duration } from '../options/rules.ts'
import { refuseProblems } from '../options/refuse.ts'
import { shape } from '../options/shape.ts'
import { show } from '../options/show.ts'

const batchOptions = shape({ signal: abortSignal, timeout: duration(0) })

/** @throws MQ_INVALID for what is no batch; what is wrong with one item is refused with that item */
export function refuseBadBatch(items: unknown, options: unknown, destination: string): void {
  const problems = batchOptions.problems(options, 'options')
  if (!Array.isArray(items))
    problems.push({ path: 'items', message: `is ${show(items)}; give an array [{ body, …options }]` })
  else {
    const bad = items.findIndex((item) => !hasBody(item))
    if (bad >= 0)
      problems.push({
        path: `items[${bad}]`,
        message: `is ${show(items[bad])} without a body; give { body, …options }`,
      })
  }
  refuseProblems('MQ_INVALID', `The batch for "${destination}" is not allowed:`, problems)
}

function hasBody(item: unknown): boolean {
  try {
    return typeof item === 'object' && item !== null && 'body' in item
  } catch {
    return false
  }
}

/** The id of an item that was refused, if it has one. */
export function idOf(item: unknown): string {
  try {
    const { id } = item as { id?: unknown }
    return typeof id === 'string' ? id : ''
  } catch {
    return ''
  }
}
