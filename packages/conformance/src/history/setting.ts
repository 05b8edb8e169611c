/** What the judge has to know of a source, from its definition. */
export interface SourceSetting {
  /** The queue itself, or the topic of a group. */
  readonly from: string
  readonly ordered: boolean
  readonly onFailure: 'block' | 'skip'
  readonly attempts: number
  /** So many processes may die of one message before it is dead. */
  readonly crashes: number
  /** What lies there too long is dead. */
  readonly expires: boolean
  /** An error can be final before its attempts are used up. */
  readonly classifies: boolean
  /** What has used up its attempts is lost, by the policy. */
  readonly drops: boolean
  /** Milliseconds. */
  readonly lease: number
  readonly timeout: number
  /** What the sender left out gets this level; undefined where there are none. */
  readonly level: string | undefined
  /** The dedupe window, milliseconds; 0: none. */
  readonly dedupe: number
  /** A schema may make another body, and another key, of what was sent. */
  readonly transforms: boolean
}

/** What the judge has to know of a case before it began: the expected is fixed before the run. */
export interface Setting {
  /** By name: a queue, or a group as `topic/group`. */
  readonly sources: ReadonlyMap<string, SourceSetting>
  /** From the manifest. */
  readonly ack: 'stored' | 'sent'
  readonly heldAttempts: 'kept' | 'restarts'
  readonly duplicates: 'none' | 'rare'
  readonly durability: 'replicated' | 'disk' | 'volatile'
  readonly peek: 'all' | 'partial'
  /** Whose failures a process may have in its memory alone. */
  readonly held: 'ordered' | 'all'
  /** By how much two clocks may disagree, milliseconds. */
  readonly grain: number
}
