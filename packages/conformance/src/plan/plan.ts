import type { Area, Case, Profile } from '../case.ts'
import type { Harness } from '../harness.ts'

/** Which cases; what is left out chooses all. */
export interface Selection {
  /** By id: `order-05`. */
  readonly cases?: readonly string[]
  readonly areas?: readonly Area[]
  /** Default `smoke` and `full`. */
  readonly profiles?: readonly Profile[]
}

const USUAL: readonly Profile[] = ['smoke', 'full']

/**
 * The chosen cases, in the order of the catalogue.
 *
 * @throws Error for an id that is in no catalogue, and where nothing is chosen
 */
export function planOf(
  catalogue: readonly Case[],
  { cases, areas, profiles = USUAL }: Selection = {},
): readonly Case[] {
  refuseUnknown(catalogue, cases ?? [], 'the selection')
  const plan = catalogue.filter(
    ({ id, area, profile = 'full' }) =>
      (cases?.includes(id) ?? profiles.includes(profile)) && (areas?.includes(area) ?? true),
  )
  if (plan.length === 0)
    throw new Error('the selection leaves no case: an area and a profile that have none in common, or an empty list')
  return plan
}

/** @throws Error where what a harness says is known or unproven is about no case */
export function checkLists(catalogue: readonly Case[], { known = {}, unproven = {} }: Harness): void {
  refuseUnknown(catalogue, Object.keys(known), 'known')
  refuseUnknown(catalogue, Object.keys(unproven), 'unproven')
}

function refuseUnknown(catalogue: readonly Case[], ids: readonly string[], where: string): void {
  const unknown = ids.filter((id) => !catalogue.some((one) => one.id === id))
  if (unknown.length > 0)
    throw new Error(`${where}: there is no case ${unknown.join(', ')}; there are ${range(catalogue)}`)
}

function range(catalogue: readonly Case[]): string {
  const areas = new Map<string, string[]>()
  for (const { area, id } of catalogue) areas.set(area, [...(areas.get(area) ?? []), id])
  return [...areas.values()].map((ids) => `${ids[0]} to ${ids.at(-1)}`).join(', ')
}
