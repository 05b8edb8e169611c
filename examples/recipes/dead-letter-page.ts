import { createServer, type IncomingMessage, type Server } from 'node:http'
import { text } from 'node:stream/consumers'
import type { DeadLetters, DeadMessage } from '@anymq/core'

/**
 * A page that shows the dead letters of a source, and sends back or deletes those that somebody ticks.
 * It asks nobody for a password: let it listen on 127.0.0.1, or behind whatever guards your other internal pages.
 */
export function deadLetterPage<In, Out>(title: string, dead: DeadLetters<In, Out>): Server {
  return createServer((request, response) => {
    answer(title, dead, request).then(
      ({ status, headers, body }) => response.writeHead(status, headers).end(body),
      (error: unknown) => response.writeHead(500, { 'content-type': 'text/plain' }).end(String(error)),
    )
  })
}

interface Answer {
  readonly status: number
  readonly headers: Record<string, string>
  readonly body?: string
}

async function answer<In, Out>(title: string, dead: DeadLetters<In, Out>, request: IncomingMessage): Promise<Answer> {
  if (request.method === 'POST') return act(dead, request)
  const html = page(title, await dead.count(), await dead.peek({ max: 100 }))
  return { status: 200, headers: { 'content-type': 'text/html; charset=utf-8' }, body: html }
}

async function act<In, Out>(dead: DeadLetters<In, Out>, request: IncomingMessage): Promise<Answer> {
  // A page of somebody else must not press the buttons.
  if (request.headers['sec-fetch-site'] !== 'same-origin')
    return { status: 403, headers: {}, body: 'not from this page' }
  const form = new URLSearchParams(await text(request))
  const ids = form.getAll('id')
  if (ids.length > 0 && form.get('do') === 'redrive') await dead.redrive({ ids })
  if (ids.length > 0 && form.get('do') === 'discard') await dead.discard({ ids })
  return { status: 303, headers: { location: '/' } } // the browser gets the page anew
}

function page(title: string, count: number, shown: readonly DeadMessage<unknown>[]): string {
  return `<!doctype html><title>${escaped(title)}</title>
<h1>${escaped(title)}: ${count} dead, ${shown.length} shown</h1>
<form method="post"><table>
<tr><th></th><th>id</th><th>reason</th><th>error</th><th>runs</th><th>failed at</th><th>body</th></tr>
${shown.map(row).join('\n')}
</table><button name="do" value="redrive">Send back</button> <button name="do" value="discard">Delete</button></form>`
}

function row(message: DeadMessage<unknown>): string {
  const { id, reason, error, attempts, failedLastAt } = message
  const body = message.valid ? JSON.stringify(message.body) : `unreadable, ${message.raw.length} bytes`
  const cells = [id, reason, error, String(attempts), failedLastAt?.toISOString() ?? '', body]
  const box = `<input type="checkbox" name="id" value="${escaped(id)}">`
  return `<tr><td>${box}</td>${cells.map((cell) => `<td>${escaped(cell)}</td>`).join('')}</tr>`
}

/** Bodies, errors and ids are what strangers wrote. */
function escaped(value: string): string {
  return value.replaceAll(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`)
}
