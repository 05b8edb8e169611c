import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { blocksOf, CODE, pages, refreshed, ROOT, sourceOf } from './pages.ts'

const read = (page: string): string => readFileSync(ROOT + page, 'utf8')

test.for(pages())('%s shows the code of the files, to the letter; else: node examples/recipes/main.ts', (page) => {
  expect(read(page)).toBe(refreshed(read(page)))
})

test.for(pages())('all code of %s comes from a file in examples/recipes', (page) => {
  const code = blocksOf(read(page)).filter(({ language }) => CODE.has(language))
  expect(code.filter(({ path }) => !path?.startsWith('examples/recipes/'))).toEqual([])
})

test.for(pages())('every link of %s leads to a file', (page) => {
  const links = Array.from(read(page).matchAll(/\]\((?!https?:|#)([^)#]+)/g), ([, path]) => path!)
  expect(links.filter((path) => !existsSync(join(ROOT, dirname(page), path)))).toEqual([])
})

test('the list of recipes names every one of them', () => {
  const list = read('docs/recipes/README.md')
  const recipes = pages().filter((page) => page.startsWith('docs/recipes/') && !page.endsWith('/README.md'))
  expect(recipes.filter((page) => !list.includes(`(${page.slice('docs/recipes/'.length)})`))).toEqual([])
  expect(recipes.length).toBeGreaterThan(0)
})

test('a page that differs from its file is found, and so is a region that is not there', () => {
  const path = 'examples/recipes/pages.ts'
  const page = `<!-- from: ${path} -->\n\`\`\`ts\nconst old = 1\n\`\`\`\nText.\n`
  expect(blocksOf(page)).toEqual([{ language: 'ts', code: 'const old = 1\n', path, region: undefined }])
  expect(refreshed(page)).toBe(`<!-- from: ${path} -->\n\`\`\`ts\n${read(path)}\`\`\`\nText.\n`)
  expect(blocksOf('```ts\nconst own = 1\n```\n')).toMatchObject([{ path: undefined }])
  expect(() => sourceOf(path, 'nowhere')).toThrow('there is no "// #region nowhere"')
})
