/** Resolves when the queues can be listed. No program that speaks this protocol tells its version. */
export async function askSqs(host: string, port: number): Promise<undefined> {
  const response = await fetch(`http://${host}:${port}/`, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': 'AmazonSQS.ListQueues',
      // Not checked, but some read the region out of it.
      authorization: 'AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/sqs/aws4_request',
    },
    body: '{}',
    signal: AbortSignal.timeout(3000),
  })
  await response.arrayBuffer()
  if (!response.ok) throw new Error(`ListQueues answered ${response.status}`)
}
