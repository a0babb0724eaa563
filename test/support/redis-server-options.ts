import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Certificate } from './certificates.ts';

/** Arguments under which what was acknowledged outlives the process: written before each reply, if not synced. */
export const DURABLE: readonly string[] = ['--appendonly', 'yes', '--appendfsync', 'no'];

/** How a server is started. */
export interface RedisServerOptions {
  /** Added after the default arguments, so that they win. */
  args?: string[];
  port?: number;
  password?: string;
  /** A data directory to use instead of an own one; `stop` leaves it. */
  dir?: string;
  /** Speak TLS, and nothing else, on the port. */
  tls?: ServerTls;
  /** The port of the master on loopback; it has the same password and speaks TLS as this one does. */
  replicaOf?: number;
  /** Be a node of a cluster. */
  cluster?: ClusterNodeOptions;
  /** Be a sentinel, with these lines of configuration. */
  sentinel?: readonly string[];
}

/** What a server presents, and what it asks of its clients. */
export interface ServerTls {
  certificate: Certificate;
  ca: Certificate;
  /** Whether it serves only clients with a certificate of the CA. */
  clientCertificates?: boolean;
}

/** How a node behaves in its cluster. */
export interface ClusterNodeOptions {
  nodeTimeoutMs: number;
  /** Whether a node refuses everything while any slot is unserved. */
  requireFullCoverage: boolean;
}

/** Where one server runs. */
export interface Place {
  port: number;
  busPort: number | undefined;
  dir: string;
}

/** The arguments of redis-server for these options. */
export function serverArgs(place: Place, options: RedisServerOptions): string[] {
  const { args = [], password, replicaOf, sentinel, tls } = options;
  const common = [
    ...(tls ? tlsArgs(place.port, tls) : ['--port', String(place.port)]),
    ...['--bind', '127.0.0.1', '--dir', place.dir],
  ];
  if (sentinel) return [sentinelFile(place.dir, sentinel), '--sentinel', ...common, ...args];
  return [
    ...common,
    ...['--save', '', '--appendonly', 'no', '--enable-debug-command', 'yes'],
    // Without the pause for more replicas to come, a new one is in sync at once.
    ...['--repl-diskless-sync-delay', '0'],
    ...(password === undefined ? [] : ['--requirepass', password, '--masterauth', password]),
    ...(replicaOf === undefined ? [] : ['--replicaof', '127.0.0.1', String(replicaOf)]),
    ...clusterArgs(place.busPort, options.cluster),
    ...args,
  ];
}

function tlsArgs(port: number, { certificate, ca, clientCertificates = false }: ServerTls) {
  return [
    ...['--port', '0', '--tls-port', String(port)],
    ...['--tls-cert-file', certificate.certFile, '--tls-key-file', certificate.keyFile],
    ...['--tls-ca-cert-file', ca.certFile],
    ...['--tls-auth-clients', clientCertificates ? 'yes' : 'no'],
    ...['--tls-replication', 'yes', '--tls-cluster', 'yes'],
  ];
}

function clusterArgs(busPort: number | undefined, cluster: ClusterNodeOptions | undefined) {
  if (!cluster) return [];
  return [
    ...['--cluster-enabled', 'yes', '--cluster-port', String(busPort)],
    ...['--cluster-node-timeout', String(cluster.nodeTimeoutMs)],
    ...['--cluster-require-full-coverage', cluster.requireFullCoverage ? 'yes' : 'no'],
    // A replica stands for election however old its data, and stays with the master it was given.
    ...['--cluster-replica-validity-factor', '0', '--cluster-allow-replica-migration', 'no'],
  ];
}

/** A sentinel keeps what it learns in its file, so that a restart must not write it again. */
function sentinelFile(dir: string, lines: readonly string[]): string {
  const file = join(dir, 'sentinel.conf');
  if (!existsSync(file)) writeFileSync(file, `${lines.join('\n')}\n`);
  return file;
}
