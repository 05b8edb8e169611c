import type { Harness } from '../../src/harness.ts'
import { withSeam } from '../../src/seam/seam.ts'
import { delivering } from './delivering.ts'
import { ending } from './ending.ts'
import { entities } from './entities.ts'
import { objects } from './objects.ts'
import { policies } from './policies.ts'
import type { Saboteur } from './saboteur.ts'
import { sending } from './sending.ts'
import { settling } from './settling.ts'

export const saboteurs: readonly Saboteur[] = [
  ...sending,
  ...delivering,
  ...settling,
  ...entities,
  ...ending,
  ...policies,
  ...objects,
]

/** The harness, its adapters sabotaged. */
export function sabotaged(harness: Harness, { name, seam, disguise }: Saboteur): Harness {
  return {
    ...harness,
    name: `${harness.name} that ${name}`,
    open: async (namespace) => {
      const site = await harness.open(namespace)
      return {
        ...site,
        adapter: () => (seam === undefined ? site.adapter() : withSeam(site.adapter(), seam)),
        ...(disguise !== undefined && { disguise }),
      }
    },
  }
}
