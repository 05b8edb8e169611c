// Run by `npm exec` inside the environment it made: tells where that environment is.
const path = process.env.PATH ?? process.env.Path ?? ''
process.stdout.write(`\n${JSON.stringify({ node: process.execPath, path })}\n`)
