export { fromUrl } from './from-url.ts'
export type { SqsManifest } from './manifest.ts'
export { sqs } from './sqs.ts'
export type { SqsOptions } from './sqs.ts'
