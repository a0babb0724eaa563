import type { AnyClient, ClientOptions } from '../commands/client.ts';
import { kindOf } from '../commands/kind.ts';

/** Where a client with such options connects to, as a URL without credentials; a Unix socket's path as it is. */
export function addressOf(options: ClientOptions | undefined): string {
  const url = options?.['url'];
  // Roots of a cluster come as the user wrote them; a client has its URL parsed.
  if (typeof url === 'string' && !options?.socket) {
    const { protocol, host, pathname } = new URL(url);
    return `${protocol}//${host}${pathname}`;
  }
  const { path, host, port = 6379, tls } = options?.socket ?? {};
  if (typeof path === 'string') return path;
  const database = options?.database ? `/${options.database}` : '';
  return `${tls ? 'rediss' : 'redis'}://${hostname(host)}:${String(port)}${database}`;
}

/** IPv6 addresses stand in brackets, which the client leaves around those that it took from a URL. */
function hostname(host: unknown): string {
  if (typeof host !== 'string' || host === '') return 'localhost';
  return host.includes(':') && !host.startsWith('[') ? `[${host}]` : host;
}

/** `host:port` of the only server that a client has, IPv6 without brackets; undefined where it has several, or a Unix socket. */
export function serverOf(client: AnyClient): string | undefined {
  const address = addressOf(client.options);
  if (kindOf(client) !== 'client' || !URL.canParse(address)) return undefined;
  const { hostname, port } = new URL(address);
  return `${hostname.replaceAll(/[[\]]/g, '')}:${port}`;
}
