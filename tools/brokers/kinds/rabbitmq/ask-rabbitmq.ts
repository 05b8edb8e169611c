/** Opens a connection, and returns the version that the broker tells. */
export async function askRabbitMq(url: string): Promise<string | undefined> {
  const { connect } = await import('amqplib')
  const connection = await connect(url, { timeout: 3000 })
  connection.on('error', () => {})
  const { version } = connection.connection.serverProperties
  await connection.close()
  return typeof version === 'string' ? version : undefined
}
