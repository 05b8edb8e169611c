import type { MemoryFeed } from './feed.ts'

/**
 * Who is served of those that want an exclusive queue: the one that has it, until somebody is preferred; then nobody, until nothing is
 * leased any more. Among equals the first one that came.
 */
export function nextHolder(
  feeds: readonly MemoryFeed[],
  holder: MemoryFeed | null,
  isLeased: boolean,
): MemoryFeed | null {
  let best: MemoryFeed | null = null
  for (const feed of feeds) if (best === null || feed.preference > best.preference) best = feed
  const stays = holder !== null && feeds.includes(holder) && holder.preference >= (best?.preference ?? 0)
  if (stays) return holder
  return isLeased ? null : best
}
