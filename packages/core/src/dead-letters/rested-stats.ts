import type { Clock } from '../mechanism/clock.ts'
import type { Driver } from '../spi/driver.ts'
import type { Stats } from '../spi/messages.ts'
import type { Target } from '../spi/target.ts'

/** What a look decides by. Where the broker counts late it is given that time first, and an empty answer is doubted once. */
export async function restedStats(driver: Driver, target: Target, clock: Clock): Promise<Stats> {
  const { statsLag } = driver.manifest
  if (statsLag === 0) return driver.stats(target)
  await pause(clock, statsLag)
  const stats = await driver.stats(target)
  if (stats.ready !== 0) return stats
  await pause(clock, statsLag)
  return driver.stats(target)
}

function pause(clock: Clock, ms: number): Promise<void> {
  return new Promise((resolve) => clock.setTimer(resolve, ms))
}
