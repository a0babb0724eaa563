import { execFile } from 'node:child_process';
import { readlinkSync } from 'node:fs';
import { promisify } from 'node:util';
import type { RedisServer } from './redis-server.ts';

const outside = process.env['OUTSIDE_NETWORK'];
if (outside === undefined || outside === readlinkSync('/proc/self/ns/net')) {
  throw new Error('Packets are only dropped in a network of our own: npm run kernel');
}

const run = promisify(execFile);
let count = 0;

/** A rule of the kernel's packet filter, counting the packets that it hits until it is removed. */
export class PacketFilter {
  readonly #chain = `fault-${process.pid}-${++count}`;

  static async #begin(matches: readonly string[], verdict: string): Promise<PacketFilter> {
    const filter = new PacketFilter();
    const chain = filter.#chain;
    // One transaction: both directions begin at once.
    await restore([
      `:${chain} -`,
      ...matches.map((match) => `-A ${chain} -p tcp ${match} ${verdict}`),
      `-I INPUT -j ${chain}`,
    ]);
    return filter;
  }

  /** Drops all packets of the connections that a server has now; new connections are fine. */
  static async dropFlows(server: RedisServer): Promise<PacketFilter> {
    const flows = (await clientPorts(server)).flatMap((port) => bothWays(server.port, port));
    return PacketFilter.#begin(flows, '-j DROP');
  }

  /** Drops all packets from and to a server. */
  static dropAll({ port }: RedisServer): Promise<PacketFilter> {
    return PacketFilter.#begin(bothWays(port), '-j DROP');
  }

  /** Drops packets from and to a server at random. */
  static loseSome({ port }: RedisServer, share: number): Promise<PacketFilter> {
    const verdict = `-m statistic --mode random --probability ${share} -j DROP`;
    return PacketFilter.#begin(bothWays(port), verdict);
  }

  /** Answers whatever is sent to a server with RST. */
  static rejectAll({ port }: RedisServer): Promise<PacketFilter> {
    return PacketFilter.#begin([`--dport ${port}`], '-j REJECT --reject-with tcp-reset');
  }

  /** Lets everything pass again. @throws Error where no packet had been hit */
  async end(): Promise<void> {
    const { stdout: rules } = await run('iptables', ['-nvxL', this.#chain]);
    await restore([`-D INPUT -j ${this.#chain}`, `-F ${this.#chain}`, `-X ${this.#chain}`]);
    const hits = rules.split('\n').slice(2).map(Number.parseFloat);
    if (!hits.some((hit) => hit > 0)) throw new Error(`no packet was hit:\n${rules}`);
  }
}

/** A fault that lasts as long as a filter is there. */
export function filtered(begin: () => Promise<PacketFilter>): {
  begin: () => Promise<void>;
  end: () => Promise<void>;
} {
  let filter: PacketFilter | undefined;
  return {
    begin: async () => {
      filter = await begin();
    },
    end: async () => filter?.end(),
  };
}

function bothWays(server: number, client?: number): string[] {
  const [source, destination] = client ? [` --sport ${client}`, ` --dport ${client}`] : ['', ''];
  return [`--dport ${server}${source}`, `--sport ${server}${destination}`];
}

async function restore(rules: readonly string[]): Promise<void> {
  const running = run('iptables-restore', ['--noflush', '--wait']);
  running.child.stdin?.end(['*filter', ...rules, 'COMMIT', ''].join('\n'));
  await running;
}

/** The ports of a server's clients, without the one that asks. */
async function clientPorts(server: RedisServer): Promise<number[]> {
  const list = await server.command('CLIENT', 'LIST');
  return list
    .split('\n')
    .filter((line) => !line.includes(' cmd=client'))
    .flatMap((line) => / addr=127\.0\.0\.1:(\d+)/.exec(line)?.[1] ?? [])
    .map(Number);
}
