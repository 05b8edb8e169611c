import { readFileSync, readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** The top of the repository, with a slash at its end. */
export const ROOT = fileURLToPath(new URL('../../', import.meta.url))

/** A fenced block of a page, with its comment `<!-- from: PATH -->` or `<!-- from: PATH#REGION -->` before it, if it has one. */
const BLOCK = /(?:<!-- from: (?<path>[^#\s]+)(?:#(?<region>\S+))? -->\n)?```(?<language>\w*)\n(?<code>[^]*?)```\n/g

/** Code of these languages must come from a file. */
export const CODE = new Set(['ts', 'js'])

/** Code on a page. */
export interface Block {
  readonly language: string
  readonly code: string
  /** The file that it shows, from the top of the repository; undefined if the page does not say. */
  readonly path: string | undefined
  /** The part of the file; undefined: all of it. */
  readonly region: string | undefined
}

/** The pages whose code comes from files, from the top of the repository. */
export function pages(): readonly string[] {
  const recipes = readdirSync(`${ROOT}docs/recipes`).filter((name) => name.endsWith('.md'))
  return ['docs/getting-started.md', ...recipes.map((name) => `docs/recipes/${name}`)]
}

export function blocksOf(page: string): readonly Block[] {
  return Array.from(page.matchAll(BLOCK), ({ groups }) => {
    const { language, code, path, region } = groups as Record<string, string>
    return { language: language!, code: code!, path, region }
  })
}

/** The page with the code of the files in place of what it shows. */
export function refreshed(page: string): string {
  return page.replaceAll(BLOCK, (block, path: string | undefined, region: string | undefined, language: string) =>
    path === undefined ? block : `${marker(path, region)}\n\`\`\`${language}\n${sourceOf(path, region)}\`\`\`\n`,
  )
}

/** A file, or what stands between `// #region NAME` and `// #endregion` in it. @throws if there is no such region */
export function sourceOf(path: string, region: string | undefined): string {
  const text = readFileSync(ROOT + path, 'utf8')
  if (region === undefined) return text
  const [, after] = text.split(`// #region ${region}\n`)
  const [inside, rest] = after?.split('// #endregion\n') ?? []
  if (inside === undefined || rest === undefined)
    throw new Error(`${path}: there is no "// #region ${region}" with its "// #endregion"`)
  return `${inside.trim()}\n`
}

function marker(path: string, region: string | undefined): string {
  return `<!-- from: ${path}${region === undefined ? '' : `#${region}`} -->`
}
