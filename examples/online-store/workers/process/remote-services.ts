import { Pace } from '../../world/pace.ts'
import type { Services } from '../../world/services.ts'
import type { Call, FromWorker, ToWorker } from './protocol.ts'

interface Waiting {
  resolve(value: unknown): void
  reject(error: Error): void
}

/** The services of the store, from a worker's process. */
export class RemoteServices {
  readonly services: Services
  readonly #say: (message: FromWorker) => void
  readonly #waiting = new Map<number, Waiting>()
  #number = 0

  constructor(seed: number, say: (message: FromWorker) => void) {
    this.#say = say
    this.services = {
      pace: new Pace(seed),
      provider: {
        charge: ({ signal, ...order }) => this.#call<'charged' | 'declined'>({ service: 'charge', order }, signal),
      },
      warehouse: {
        reserve: (...order) => this.#call<void>({ service: 'reserve', order }),
        ship: (order) => this.#call<void>({ service: 'ship', order }),
      },
      ledger: { insert: (order) => this.#call<void>({ service: 'insert', order }) },
      mail: { send: (order) => this.#call<void>({ service: 'mail', order }) },
    }
  }

  heard(message: ToWorker): void {
    if (message.say === 'begin') return
    const waiting = this.#waiting.get(message.number)
    this.#waiting.delete(message.number)
    if (message.say === 'answer') waiting?.resolve(message.value)
    else waiting?.reject(Object.assign(new Error(message.why), { name: message.name }))
  }

  #call<T>(call: Call, signal?: AbortSignal): Promise<T> {
    const number = ++this.#number
    const answer = new Promise<unknown>((resolve, reject) => {
      this.#waiting.set(number, { resolve, reject })
      signal?.addEventListener('abort', () => reject(signal.reason as Error), { once: true })
    })
    this.#say({ say: 'call', number, call })
    return answer as Promise<T>
  }
}
