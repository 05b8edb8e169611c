import type { Found, Recipe } from '../kinds/recipe.ts'
import { recipeOf } from '../kinds/recipes.ts'
import { BrokerUnavailable } from './broker-unavailable.ts'
import type { Release, Wanted } from './release.ts'
import type { StartOptions } from './test-broker.ts'

/** A release with its programs. */
export interface Obtained {
  readonly release: Release
  readonly recipe: Recipe
  readonly found: Found
}

/** The first that is here or can be installed. */
export async function obtain(
  wanted: Wanted,
  choices: readonly Release[],
  { install = true, onProgress = () => {} }: StartOptions,
): Promise<Obtained> {
  const refusals: BrokerUnavailable[] = []
  for (const release of choices) {
    const recipe = recipeOf(release)
    const here = recipe.find()
    if (here) return { release, recipe, found: here }
    const obstacle = recipe.obstacle() ?? (install ? undefined : forbidden(recipe))
    if (!obstacle) {
      onProgress(`${release.id}: installing ${recipe.installs}`)
      return { release, recipe, found: await recipe.install(onProgress) }
    }
    refusals.push(new BrokerUnavailable(wanted, obstacle.reason, obstacle.advice))
  }
  throw refusals[0]!
}

function forbidden({ installs }: Recipe) {
  return { reason: 'it is not installed, and installing is forbidden.', advice: `Allow it: that brings ${installs}.` }
}
