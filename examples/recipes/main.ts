/** Writes the code of the files into the pages that show it: `node examples/recipes/main.ts`. */
import { readFileSync, writeFileSync } from 'node:fs'
import { pages, refreshed, ROOT } from './pages.ts'

for (const page of pages()) {
  const text = readFileSync(ROOT + page, 'utf8')
  const next = refreshed(text)
  if (next === text) continue
  writeFileSync(ROOT + page, next)
  console.log(`rewritten: ${page}`)
}
