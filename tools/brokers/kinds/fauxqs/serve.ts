import { mkdirSync } from 'node:fs'
import { buildApp } from 'fauxqs'

/*
 * Its own start function listens on every address of the machine, so the parts are put together here. They are no
 * entry points of the package: its version is pinned.
 */
const part = async (path: string) => import(new URL(path, import.meta.resolve('fauxqs')).href)
const { SqsStore } = await part('./sqs/sqsStore.js')
const { SnsStore } = await part('./sns/snsStore.js')
const { S3Store } = await part('./s3/s3Store.js')
const { PersistenceManager } = await part('./persistence.js')

const [port = '', folder = ''] = process.argv.slice(2)
mkdirSync(folder, { recursive: true })
const stores = { sqsStore: new SqsStore(), snsStore: new SnsStore(), s3Store: new S3Store() }
const kept = new PersistenceManager(folder)
kept.load(stores.sqsStore, stores.snsStore, stores.s3Store)
stores.sqsStore.persistence = kept
for (const queue of stores.sqsStore.allQueues()) queue.persistence = kept

const app = buildApp({ logger: false, stores })
process.once('SIGTERM', () => {
  kept.close()
  process.exit(0)
})
await app.listen({ host: '127.0.0.1', port: Number(port) })
