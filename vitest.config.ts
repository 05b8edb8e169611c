import { defineConfig } from 'vitest/config'

// Packages resolve to their sources, so tests need no build; vitest asks for the conditions in two places.
export const conditions = ['source', 'node', 'development|production']

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: [
      'packages/*/src/**/*.test.ts',
      'packages/*/test/**/*.test.ts',
      'packages/*/conformance/**/*.test.ts',
      'examples/**/*.test.ts',
      'bench/**/*.test.ts',
      'tools/*/!(real)/**/*.test.ts',
    ],
    isolate: false,
    coverage: { provider: 'v8', include: ['packages/*/src/**/*.ts'], reportsDirectory: 'coverage' },
  },
})
