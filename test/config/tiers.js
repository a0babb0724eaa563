import { spawnSync } from 'node:child_process';
import { findOnPath } from '../support/find-redis-server.js';

/**
 * What a part of the tests needs of the machine.
 * @typedef {object} Tier
 * @property {string} name
 * @property {string[]} projects the projects of vitest.config.ts that run in it
 * @property {string[]} tools the programs that must be there
 * @property {string[]} namespaces what its tests have to themselves, as options of `unshare`
 * @property {string} prepare shell commands that run inside, before the tests
 * @property {string} proof shell commands that only work where the tests can
 */

// A network of one's own is loopback only: nothing that a test does there reaches another machine.
const ownNetwork = `
  ip link set lo up`;

/** @type {Tier[]} */
export const tiers = [
  {
    name: 'everywhere',
    // Pure logic, the library on a real Redis, whole programs, and packages that use it.
    projects: ['unit', 'integration', 'programs', 'ecosystem'],
    ...{ tools: [], namespaces: [], prepare: '', proof: '' },
  },
  {
    name: 'observability',
    projects: ['observability'],
    tools: ['prometheus', 'promtool'],
    ...{ namespaces: [], prepare: '', proof: '' },
  },
  {
    name: 'kernel',
    projects: ['kernel'],
    tools: ['unshare', 'ip', 'iptables', 'iptables-restore'],
    namespaces: ['--net'],
    // The kernel gives a silent connection up after 7 s instead of 15 minutes.
    prepare: `${ownNetwork}
      echo 3 > /proc/sys/net/ipv4/tcp_retries2`,
    proof: `
      iptables -A INPUT -p tcp --dport 1 -m statistic --mode random --probability 0.3 -j DROP
      iptables -A INPUT -p tcp --dport 1 -j REJECT --reject-with tcp-reset`,
  },
  {
    name: 'system',
    projects: ['system'],
    tools: ['unshare', 'ip', 'mount', 'ss', 'bash'],
    namespaces: ['--net', '--mount'],
    // Names are known from a file that the tests may write, and from a resolver that is closed.
    prepare: `${ownNetwork}
      mount -t tmpfs names /mnt
      cp /etc/hosts /mnt/hosts
      echo nameserver 127.0.0.1 > /mnt/resolv.conf
      echo hosts: files dns > /mnt/nsswitch.conf
      for name in hosts resolv.conf nsswitch.conf; do mount --bind /mnt/$name /etc/$name; done`,
    // A kernel that cannot close a socket from outside lets \`ss -K\` succeed and list none.
    proof: `
      bash -c 'exec 3<>/dev/udp/127.0.0.1/9 && ss -HuK dst 127.0.0.1 | grep -q . ||
        { echo "ss -K closed no socket" >&2; exit 1; }'`,
  },
];

// Debian keeps most of these programs where only root looks for them.
export const env = { ...process.env, PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin` };

/**
 * Finds the command that runs another one inside a tier, or why there is none on this machine.
 * @param {Tier} tier
 * @returns {{ command: string[] } | { obstacle: string }}
 */
export function entrance({ tools, namespaces, prepare, proof }) {
  const missing = tools.filter((tool) => !findOnPath(tool, env.PATH));
  if (missing.length > 0) return { obstacle: `missing: ${missing.join(', ')}` };
  if (namespaces.length === 0) return { command: [] };
  let obstacle = '';
  // Without privileges, a namespace of users in which one is root gives those that are needed.
  for (const privileges of [[], ['--user', '--map-root-user']]) {
    const inside = [...privileges, ...namespaces, 'sh', '-ec'];
    const attempt = [...inside, prepare + proof];
    const { status, stderr } = spawnSync('unshare', attempt, { env, encoding: 'utf8' });
    if (status === 0) return { command: ['unshare', ...inside, `${prepare}\nexec "$@"`, 'sh'] };
    obstacle = stderr.trim().split('\n')[0] ?? '';
  }
  return { obstacle };
}
