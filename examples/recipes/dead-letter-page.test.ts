import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { connect } from '@anymq/connect'
import { DeadLetter, queue, silentLogger, type } from '@anymq/core'
import { expect, onTestFinished, test } from 'vitest'
import { deadLetterPage } from './dead-letter-page.ts'

const orders = queue('orders', { schema: type<{ note: string }>() })

/** A shop that refuses orders until somebody mends it, and the page of its dead letters. */
async function shop(...notes: string[]) {
  const done: string[] = []
  const state = { isMended: false }
  const broker = await connect('memory:', { definitions: [orders], logger: silentLogger })
  broker.consumer(orders).subscribe(({ body, id }) => {
    if (!state.isMended) throw new DeadLetter(`no: ${body.note}`)
    done.push(id)
  })
  await broker.producer(orders).sendBatch(notes.map((note, n) => ({ body: { note }, id: `o-${n}` })))
  const dead = broker.deadLetters(orders)
  await expect.poll(() => dead.count()).toBe(notes.length)

  const server = deadLetterPage('orders', dead).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(async () => {
    server.close()
    await broker.close()
  })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  const post = (form: string, from = 'same-origin') =>
    fetch(url, { method: 'POST', body: new URLSearchParams(form), headers: { 'sec-fetch-site': from } })
  return { state, done, dead, html: async () => (await fetch(url)).text(), post }
}

test('it shows id, reason, error and body, and what strangers wrote as text', async () => {
  const { html } = await shop('<script>alert(1)</script>')
  const page = await html()
  expect(page).toContain('<h1>orders: 1 dead, 1 shown</h1>')
  for (const part of ['>o-0<', '>rejected<', 'no: &#60;script&#62;']) expect(page).toContain(part)
  expect(page).not.toContain('<script>')
})

test('what is ticked goes back or away; the rest stays', async () => {
  const { state, done, dead, html, post } = await shop('a', 'b', 'c')
  state.isMended = true
  const page = await (await post('do=redrive&id=o-1')).text()
  await expect.poll(() => done).toEqual(['o-1'])
  expect(page).toContain('2 dead')
  await post('do=discard&id=o-0')
  expect((await dead.peek()).map(({ id }) => id)).toEqual(['o-2'])
  expect(await html()).not.toContain('o-0')
})

test('nothing ticked is nothing done, and another site may press no button', async () => {
  const { dead, post } = await shop('a')
  await post('do=redrive')
  await post('do=discard')
  const answer = await post('do=discard&id=o-0', 'cross-site')
  expect([answer.status, await dead.count()]).toEqual([403, 1])
})
