import type { Definition, Source } from '@anymq/core'
import { judge, type Problem } from '../history/judge.ts'
import type { Setting } from '../history/setting.ts'
import type { Client } from '../world/client.ts'
import type { World } from '../world/world.ts'

const AT_ONCE = 1000
/** What is taken out in vain before it is clear that it never ends. */
const SPARE = 200
/** More than any case leaves. */
const MOST_DEAD = 10_000

/**
 * After a case: take out what is left and look at what is dead, so that everything that was confirmed is accounted for, and judge.
 * Where something is missing it is waited for, as long as the harness has patience: it may be under the lease of a dead process.
 */
export async function audit(world: World, uses: readonly Definition[], setting: Setting): Promise<readonly Problem[]> {
  const auditor = await world.open({ name: 'auditor' })
  const sources = uses.filter((definition) => definition.kind !== 'topic')
  const end = world.now() + world.patience
  const most = SPARE + 20 * world.history.facts.filter(({ fact }) => fact === 'send').length
  try {
    for (;;) {
      for (const source of sources) await drain(auditor, source, most, world.quiet)
      for (const source of sources) await look(auditor, source)
      const problems = judge(world.history.facts, setting, true)
      const isMissing = problems.some(({ rule }) => rule === 'lost' || rule === 'false-confirm')
      if (!isMissing || world.now() >= end) return problems
    }
  } finally {
    await auditor.close({ timeout: '5s' })
  }
}

/** @throws Error where it does not become empty */
async function drain(auditor: Client, source: Source, most: number, quiet: number): Promise<void> {
  const puller = auditor.puller(source)
  for (let taken = 0; taken <= most;) {
    const messages = await puller.receive({ max: AT_ONCE, wait: quiet })
    if (messages.length === 0) return puller.close()
    await Promise.all(messages.map((message) => message.ack().catch(() => undefined)))
    taken += messages.length
  }
  throw new Error(`${nameOf(source)} does not become empty: more than ${most} messages were taken out and acknowledged`)
}

function nameOf(source: Source): string {
  return source.kind === 'group' ? `${source.topic.name}/${source.name}` : source.name
}

async function look(auditor: Client, source: Source): Promise<void> {
  if (source.policy.deadLetter === 'drop') return
  const letters = auditor.deadLetters(source)
  if ((await letters.count()) > 0) await letters.peek({ max: MOST_DEAD })
}
