/**
 * The settings of ElasticMQ that listens on one port and keeps its messages in a file.
 * Without WRITE_DELAY=0 a broker that is killed loses messages that it had acknowledged.
 *
 * @param host the address it listens on
 */
export function elasticMqSettings(storage: string, port: number, host = '127.0.0.1'): string {
  return `include classpath("application.conf")
node-address { protocol = http, host = "127.0.0.1", port = ${port}, context-path = "" }
generate-node-address = false
rest-sqs { enabled = true, bind-port = ${port}, bind-hostname = "${host}", sqs-limits = strict }
rest-stats { enabled = false }
aws { region = us-east-1, accountId = 000000000000 }
messages-storage { enabled = true, uri = "jdbc:h2:${storage};WRITE_DELAY=0" }
`
}
