/** Resolves when a controller and a broker serve. Kafka tells its clients no version. */
export async function askKafka(host: string, port: number): Promise<undefined> {
  const { Kafka, logLevel } = await import('kafkajs')
  const kafka = new Kafka({
    clientId: 'anymq-test-brokers',
    brokers: [`${host}:${port}`],
    connectionTimeout: 1000,
    requestTimeout: 3000,
    retry: { retries: 0 },
    logLevel: logLevel.NOTHING,
  })
  const admin = kafka.admin()
  await admin.connect()
  try {
    const { brokers, controller } = await admin.describeCluster()
    if (brokers.length === 0 || controller === null) throw new Error('no broker or no controller yet')
  } finally {
    await admin.disconnect()
  }
}
