import { defineConfig } from 'vitest/config'
import { conditions } from './vitest.config.ts'

/** Tests against real brokers: `npm test` starts the brokers and runs these after all others. */
export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    // The getting-started page promises the same lines on RabbitMQ by one URL.
    include: [
      'packages/*/real/**/*.test.ts',
      'tools/*/real/**/*.test.ts',
      'examples/recipes/getting-started/*.test.ts',
    ],
    isolate: false,
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // Brokers and clients share two cores.
    fileParallelism: false,
  },
})
