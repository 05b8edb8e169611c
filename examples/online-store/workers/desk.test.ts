import { Defer, type Message } from '@anymq/core'
import { describe, expect, it } from 'vitest'
import { factsOf, type Fact } from '../facts.ts'
import { Desk } from './desk.ts'
import { Life } from './life.ts'

const message = (id: string, key?: string): Message =>
  ({ id, key, attempt: 1, ack: () => Promise.resolve() }) as Partial<Message> as Message

function newDesk(): { desk: Desk; facts: Fact[]; causes: () => string[] } {
  const facts: Fact[] = []
  const desk = new Desk('w', 'accounting', new Life((fact) => facts.push(fact)))
  return { desk, facts, causes: () => factsOf(facts, 'again').map(({ id, cause }) => `${id} ${cause}`) }
}

const failing = (error: Error) => (): never => {
  throw error
}

describe('the desk of a worker', () => {
  it('writes down the start and the end of a handler, in this order and by the clock', async () => {
    const { desk, facts } = newDesk()
    await desk.booked(() => expect([...desk.held]).toEqual(['a']))(message('a'))
    expect(facts.map(({ fact }) => fact)).toEqual(['run', 'done'])
    expect(factsOf(facts, 'done')[0]!.at).toBeGreaterThanOrEqual(factsOf(facts, 'run')[0]!.at)
    expect(desk.held.size).toBe(0)
  })

  it('gives the messages of a batch one call, and the next batch another', async () => {
    const { desk, facts } = newDesk()
    const handler = desk.bookedBatch(() => undefined)
    await handler([message('a'), message('b')])
    await handler([message('c')])
    expect(factsOf(facts, 'run').map(({ call }) => call)).toEqual([1, 1, 2])
  })

  it('names what follows a failed message of its key in a batch, for that comes again uncounted', async () => {
    const { desk, facts, causes } = newDesk()
    const messages = [message('a1', 'a'), message('b1', 'b'), message('a2', 'a'), message('x'), message('a3', 'a')]
    await expect(desk.bookedBatch(failing(new Error('no')))(messages)).rejects.toThrow('no')
    expect(causes()).toEqual(['a2 given back', 'a3 given back'])
    expect(factsOf(facts, 'failed')).toHaveLength(5)
    expect(factsOf(facts, 'done')).toEqual([])
  })

  it('names what is deferred', async () => {
    const { desk, causes } = newDesk()
    await expect(desk.booked(failing(new Defer(10)))(message('a'))).rejects.toThrow(Defer)
    expect(causes()).toEqual(['a deferred'])
  })

  it('does not take a refused acknowledgement for a failure of the work', async () => {
    const { desk, facts } = newDesk()
    const lost = { ...message('a'), ack: () => Promise.reject(new Error('lost')) }
    await expect(desk.booked(() => undefined)(lost)).rejects.toThrow('lost')
    expect(facts.map(({ fact }) => fact)).toEqual(['run', 'done'])
  })
})
