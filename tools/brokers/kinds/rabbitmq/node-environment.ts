import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Ports } from '../recipe.ts'

/**
 * Write the settings of a node of its own: name, cookie, data and name server (epmd), so that it meets no other node.
 *
 * @param folder where the node's files are, as this process sees it
 * @param inside the same folder as the node sees it
 * @returns the environment that the node is started with
 */
export function nodeEnvironment(folder: string, inside: string, ports: Ports): Record<string, string> {
  for (const name of ['home', 'mnesia', 'log']) mkdirSync(join(folder, name), { recursive: true })
  writeFileSync(join(folder, 'rabbitmq.conf'), settingsOf(ports.client))
  writeFileSync(join(folder, 'enabled_plugins'), '[].\n')
  return {
    PATH: '/usr/sbin:/usr/bin:/sbin:/bin',
    LANG: 'C.UTF-8',
    // The cookie is made there.
    HOME: `${inside}/home`,
    TMPDIR: `${inside}/tmp`,
    ERL_EPMD_PORT: String(ports.inner[0]),
    ERL_EPMD_ADDRESS: '127.0.0.1',
    ...rabbitVariables(inside, ports),
  }
}

function rabbitVariables(inside: string, ports: Ports): Record<string, string> {
  return {
    RABBITMQ_NODENAME: `node${ports.client}@localhost`,
    RABBITMQ_NODE_IP_ADDRESS: '127.0.0.1',
    RABBITMQ_NODE_PORT: String(ports.client),
    RABBITMQ_DIST_PORT: String(ports.inner[1]),
    RABBITMQ_MNESIA_BASE: `${inside}/mnesia`,
    RABBITMQ_LOG_BASE: `${inside}/log`,
    RABBITMQ_CONFIG_FILE: `${inside}/rabbitmq`,
    RABBITMQ_ENABLED_PLUGINS_FILE: `${inside}/enabled_plugins`,
    RABBITMQ_PID_FILE: `${inside}/pid`,
    RABBITMQ_CONF_ENV_FILE: `${inside}/none`,
    RABBITMQ_SERVER_START_ARGS: '-kernel inet_dist_use_interface {127,0,0,1}',
    // No busy waiting: two cores have brokers, clients and tests to run.
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '+sbwt none +sbwtdcpu none +sbwtdio none',
    // The start script then becomes the node, instead of standing before it: its pid is the node's.
    RUNNING_UNDER_SYSTEMD: 'true',
  }
}

function settingsOf(port: number): string {
  return `listeners.tcp.1 = 127.0.0.1:${port}
loopback_users = none
log.console = true
log.console.level = warning
log.console.use_colors = off
log.file = false
disk_free_limit.absolute = 200MB
`
}
