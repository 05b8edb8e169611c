import type { Saboteur } from './saboteur.ts'

const leaksATimer: Saboteur = {
  name: 'leaks-a-timer',
  seam: ({ clock }) => ({
    close: async (next) => {
      await next()
      clock.setTimer(() => undefined, 3_600_000)
    },
  }),
}

/** A feed that was closed goes on, and takes messages that nobody handles. */
const deliversAfterStop: Saboteur = {
  name: 'keeps-delivering-after-stop',
  seam: () => ({ stop: () => Promise.resolve(), closeFeed: () => Promise.resolve() }),
}

/** What a closing process holds comes back only when its leases end. */
const returnsNothing: Saboteur = {
  name: 'gives-nothing-back-at-the-end',
  seam: ({ clock }) => ({
    closeFeed: async (_, next) => {
      clock.setTimer(() => void next().catch(() => undefined), 60_000)
    },
    close: async (next) => {
      clock.setTimer(() => void next().catch(() => undefined), 60_000)
    },
    settle: (_, batch, next) => next(batch.filter(({ action }) => action !== 'release')),
  }),
}

const neverEnds: Saboteur = { name: 'never-ends-a-close', seam: () => ({ close: () => new Promise(() => undefined) }) }

/** After the first connection nothing is delivered any more. */
const deafAfterReconnect: Saboteur = {
  name: 'is-deaf-after-a-reconnect',
  seam: (_, count) => (count === 1 ? {} : { deliver: () => undefined }),
}

/** What goes wrong at the end of a feed or a connection. */
export const ending: readonly Saboteur[] = [
  leaksATimer,
  deliversAfterStop,
  returnsNothing,
  neverEnds,
  deafAfterReconnect,
]
