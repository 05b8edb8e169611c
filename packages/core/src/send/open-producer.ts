import type { Queue, Topic } from '../definition/definition.ts'
import { parseDuration } from '../duration.ts'
import { MqError } from '../errors.ts'
import type { Runtime } from '../runtime.ts'
import type { Manifest } from '../spi/manifest.ts'
import type { Target } from '../spi/target.ts'
import type { Supervisor } from '../supervisor.ts'
import { Batcher } from './batcher.ts'
import type { Producer, ProducerOptions } from './options.ts'
import { Preparation } from './prepare.ts'
import { QueueProducer } from './queue-producer.ts'
import { duration, oneOf, whole } from '../options/rules.ts'
import { refuseProblems } from '../options/refuse.ts'
import { shape } from '../options/shape.ts'

const DEFAULT_TIMEOUT = 10_000
const DEFAULT_BUFFER = { messages: 10_000, bytes: 64 * 1024 * 1024 }

const options = shape({
  checkBodies: oneOf('first', 'always', 'never'),
  buffer: shape({ messages: whole(1, 10_000_000), bytes: whole(1, 2 ** 40) }),
  timeout: duration(1),
  confirm: oneOf(true, false),
})

/** What a producer hangs on. */
export interface ProducerPlace {
  readonly runtime: Runtime
  readonly supervisor: Supervisor
  readonly to: Queue | Topic
  readonly target: Target
  /** What the broker offers. */
  readonly manifest: Manifest
  /** It takes nothing more. */
  readonly closing: () => void
  readonly closed: () => void
}

/** @throws MQ_CONFIG for bad options, MQ_UNSUPPORTED for what the broker lacks */
export function openProducer(place: ProducerPlace, given: ProducerOptions): Producer {
  const { runtime, supervisor, to } = place
  refuseProblems('MQ_CONFIG', `Cannot make a producer of "${to.name}":`, options.problems(given, 'options'))
  if (given.confirm === false) {
    throw new MqError('MQ_UNSUPPORTED', `confirm: false is not offered by the ${runtime.adapter} broker; leave it out`)
  }
  const preparation = new Preparation(runtime, to, Math.min(to.destination.maxBody, place.manifest.maxBody), {
    timeout: given.timeout === undefined ? DEFAULT_TIMEOUT : parseDuration(given.timeout)!,
    checkBodies: given.checkBodies ?? 'first',
  })
  const batcher = new Batcher(
    runtime,
    place.target,
    { ...DEFAULT_BUFFER, ...given.buffer },
    place.target.ordered && place.manifest.partialBatch,
  )
  supervisor.attach(batcher)
  return new QueueProducer(runtime, to, preparation, batcher, {
    closing: place.closing,
    closed: () => {
      supervisor.detach(batcher)
      place.closed()
    },
  })
}
