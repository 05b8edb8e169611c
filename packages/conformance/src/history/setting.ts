/** What the judge has to know of a source, from its definition. */
export interface SourceSetting {
  /** The queue itself, or the topic of a group. */
  readonly from: string
  readonly ordered: boolean
  readonly onFailure: 'block' | 'skip'
  readonly attempts: number
  /** Milliseconds. */
  readonly lease: number
  readonly timeout: number
  /** What the sender left out gets this level; undefined where there are none. */
  readonly level: string | undefined
  /** The dedupe window, milliseconds; 0: none. */
  readonly dedupe: number
}

/** What the judge has to know of a case before it began: the expected is fixed before the run. */
export interface Setting {
  /** By name: a queue, or a group as `topic/group`. */
  readonly sources: ReadonlyMap<string, SourceSetting>
  /** From the manifest. */
  readonly ack: 'stored' | 'sent'
  readonly heldAttempts: 'kept' | 'restarts'
  readonly duplicates: 'none' | 'rare'
  /** By how much two clocks may disagree, milliseconds. */
  readonly grain: number
}
