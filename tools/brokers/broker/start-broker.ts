import { recipeOf } from '../kinds/recipes.ts'
import type { Found, Recipe } from '../kinds/recipe.ts'
import { fromEnvironment } from '../sources/environment.ts'
import { foreignBroker } from './foreign-broker.ts'
import { BrokerUnavailable } from './broker-unavailable.ts'
import { startLocal } from './local-broker.ts'
import { isAnyVersion, type Release, releasesFor, type Wanted } from './release.ts'
import type { StartOptions, TestBroker } from './test-broker.ts'

/**
 * Start a real broker, or connect to the one that the environment names.
 *
 * A name without a version takes an address in the environment, else the newest version that can be had. A version is
 * always started, never looked for in the environment. Rejects with BrokerUnavailable when this machine cannot have
 * it, and with an error that ends with its log when it does not start.
 */
export async function startBroker(wanted: Wanted, options: StartOptions = {}): Promise<TestBroker> {
  const choices = releasesFor(wanted)
  if (isAnyVersion(wanted) && !options.own) {
    const named = await fromEnvironment(wanted)
    if (named) return foreignBroker(wanted, named)
  }
  const { release, recipe, found } = await obtain(wanted, choices, options)
  return startLocal(release, recipe, found, options)
}

interface Obtained {
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
