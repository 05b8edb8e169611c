import { type Release, releases } from '../broker/release.ts'
import { recipeOf } from '../kinds/recipes.ts'
import { cacheFolder } from '../sources/cache-folder.ts'
import { dockerAnswers } from '../sources/docker-engine.ts'
import { variableOf } from '../sources/environment.ts'
import { running } from '../up/running.ts'
import { table } from './table.ts'

/** What could be had on this machine and from where, and what runs. Changes nothing. */
export async function status(): Promise<string> {
  const docker = await dockerAnswers()
  const rows = releases.map((release) => [release.id, release.product, ...whereFrom(release)])
  const names = [...new Set(releases.map(({ name }) => name))]
  const addresses = names.map((name) => `${variableOf(name)}: ${process.env[variableOf(name)] ? 'set' : 'not set'}`)
  const up = (await running()).map(({ id, url, version, source }) => [id, url, version, source])
  return [
    table(['name', 'product', 'version', 'from'], rows),
    '',
    ...addresses,
    `Docker engine: ${docker ? 'answers, so brokers run in containers' : 'none answers'}`,
    `Cache: ${cacheFolder()}`,
    '',
    up.length === 0 ? 'Nothing runs from `up`.' : table(['running', 'url', 'version', 'source'], up),
  ].join('\n')
}

function whereFrom(release: Release): readonly [string, string] {
  const recipe = recipeOf(release)
  const found = recipe.find()
  if (found) return [found.version, found.source === 'machine' ? 'this machine' : 'installed']
  const obstacle = recipe.obstacle()
  return [release.version, obstacle ? `not to be had: ${obstacle.reason}` : `would install ${recipe.installs}`]
}
