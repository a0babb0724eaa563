import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ControlConnection } from '../../support/control-connection.ts';
import { textOf } from '../../support/resp.ts';
import { atNextAttempt, atOnce, AWAY, every, soon, type Fault, type Scene } from './fault.ts';

export const PASSWORD = 'canary-password';
const OTHER_PASSWORD = 'canary-other-password';

/** Connections that are open from a fault's begin to its end. */
const held = new WeakMap<Scene, ControlConnection>();

const killClients = ['CLIENT', 'KILL', 'TYPE', 'normal'] as const;

async function setPassword({ server }: Scene, password: string): Promise<void> {
  await server.must('CONFIG', 'SET', 'requirepass', password);
  server.password = password;
}

/** What the server does when it is ill, ended or told to refuse. */
export const SERVER_FAULTS: readonly Fault[] = [
  {
    name: 'server killed, back after 3 s',
    at: 'server',
    begin: ({ server }) => server.kill(),
    end: ({ server }) => server.restart(),
    bare: 'waits',
    owes: { backWithinMs: atNextAttempt, kinds: AWAY },
  },
  {
    name: 'server killed, back after 0.3 s',
    at: 'server',
    begin: ({ server }) => server.kill(),
    end: ({ server }) => server.restart(),
    lastsMs: 300,
    bare: 'none',
    // Most calls wait it out; where the dice make the next attempt late, the circuit opens first.
    owes: { backWithinMs: atNextAttempt, kinds: AWAY },
  },
  {
    name: 'server shut down, back after 3 s',
    at: 'server',
    begin: ({ server }) => server.command('SHUTDOWN', 'NOSAVE').catch(() => undefined),
    end: ({ server }) => server.restart(),
    bare: 'waits',
    owes: { backWithinMs: atNextAttempt, kinds: AWAY },
  },
  {
    name: 'CLIENT KILL',
    at: 'server',
    begin: ({ server }) => server.command(...killClients),
    end: () => undefined,
    lastsMs: 300,
    bare: 'none',
    owes: {
      backWithinMs: atOnce,
      kinds: ['transport'],
      unharmed: ['get', 'set'],
      circuitStaysClosed: true,
      lostConnections: 1,
    },
  },
  {
    name: 'CLIENT KILL every 0.25 s',
    at: 'server',
    ...every(250, ({ server }) => server.command(...killClients).catch(() => undefined)),
    bare: 'none',
    owes: {
      backWithinMs: atOnce,
      kinds: ['transport'],
      unharmed: ['get', 'set'],
      onlyUnknown: true,
      circuitStaysClosed: true,
    },
  },
  {
    name: 'server frozen (SIGSTOP)',
    at: 'server',
    begin: ({ server }) => server.freeze(),
    end: ({ server }) => {
      server.thaw();
    },
    bare: 'waits',
    owes: { backWithinMs: soon, kinds: AWAY },
  },
  {
    name: 'CLIENT PAUSE',
    at: 'server',
    begin: ({ server }) => server.must('CLIENT', 'PAUSE', '3000', 'ALL'),
    end: () => undefined,
    bare: 'waits',
    // The server's own timer ends it, up to 100 ms late.
    owes: { backWithinMs: () => 200, kinds: AWAY },
  },
  {
    name: 'DEBUG SLEEP',
    at: 'server',
    begin: ({ server }) => void server.command('DEBUG', 'SLEEP', '3').catch(() => undefined),
    end: () => undefined,
    bare: 'waits',
    owes: { backWithinMs: () => 200, kinds: AWAY },
  },
  {
    name: 'wrong password, from the start',
    at: 'server',
    fromTheStart: true,
    begin: (scene) => setPassword(scene, OTHER_PASSWORD),
    end: (scene) => setPassword(scene, PASSWORD),
    bare: 'fails calls',
    owes: { backWithinMs: atNextAttempt, kinds: ['auth', 'circuit-open'] },
  },
  {
    name: 'password changed and connections killed',
    at: 'server',
    begin: async (scene) => {
      await setPassword(scene, OTHER_PASSWORD);
      await scene.server.command(...killClients);
    },
    end: (scene) => setPassword(scene, PASSWORD),
    bare: 'fails calls',
    owes: { backWithinMs: atNextAttempt, kinds: ['auth', 'transport', 'circuit-open'] },
  },
  {
    name: 'writes not permitted (NOPERM)',
    at: 'server',
    begin: ({ server }) => server.must('ACL', 'SETUSER', 'default', '-set', '-incr'),
    end: ({ server }) => server.must('ACL', 'SETUSER', 'default', '+set', '+incr'),
    bare: 'none',
    owes: {
      backWithinMs: atOnce,
      kinds: ['permission'],
      unharmed: ['get'],
      circuitStaysClosed: true,
      lostConnections: 0,
    },
  },
  {
    name: 'server made a replica (READONLY)',
    at: 'server',
    begin: ({ server }) => server.must('REPLICAOF', '127.0.0.1', '1'),
    end: ({ server }) => server.must('REPLICAOF', 'NO', 'ONE'),
    bare: 'none',
    owes: {
      backWithinMs: atOnce,
      kinds: ['unavailable'],
      unharmed: ['get'],
      circuitStaysClosed: true,
    },
  },
  {
    name: 'replica without its master (MASTERDOWN)',
    at: 'server',
    begin: async ({ server }) => {
      await server.must('CONFIG', 'SET', 'replica-serve-stale-data', 'no');
      await server.must('REPLICAOF', '127.0.0.1', '1');
    },
    end: ({ server }) => server.must('REPLICAOF', 'NO', 'ONE'),
    bare: 'fails calls',
    owes: { backWithinMs: () => 300, kinds: ['unavailable', 'circuit-open'] },
  },
  {
    name: 'data being loaded (LOADING)',
    at: 'server',
    args: ['--loading-process-events-interval-bytes', '1024'],
    begin: async ({ server }) => {
      const [keys] = await server.pipeline([['DBSIZE']]);
      const delayUs = Math.ceil(3_000_000 / Number(keys));
      await server.must('CONFIG', 'SET', 'key-load-delay', String(delayUs));
      void server.pipeline([['DEBUG', 'RELOAD']], 20_000).catch(() => undefined);
    },
    end: async ({ server }) => {
      await server.must('CONFIG', 'SET', 'key-load-delay', '0');
      await server.loaded();
    },
    bare: 'fails calls',
    owes: { backWithinMs: () => 300, kinds: ['unavailable', 'circuit-open', 'timeout'] },
  },
  {
    name: 'script that does not end (BUSY)',
    at: 'server',
    args: ['--busy-reply-threshold', '200'],
    begin: ({ server }) =>
      void server.pipeline([['EVAL', 'while true do end', '0']], 20_000).catch(() => undefined),
    end: ({ server }) => server.must('SCRIPT', 'KILL'),
    bare: 'fails calls',
    owes: { backWithinMs: () => 300, kinds: ['unavailable', 'circuit-open', 'timeout'] },
  },
  {
    // Its reply quotes what it was asked: keys and values that no log may show.
    name: 'command that the server does not have',
    at: 'server',
    fromTheStart: true,
    args: ['--rename-command', 'INCR', ''],
    begin: () => undefined,
    end: () => undefined,
    lastsMs: 1_000,
    bare: 'none',
    owes: {
      backWithinMs: atOnce,
      kinds: ['command'],
      unharmed: ['get', 'set'],
      circuitStaysClosed: true,
      lostConnections: 0,
    },
  },
  {
    name: 'memory full (OOM)',
    at: 'server',
    begin: ({ server }) => server.must('CONFIG', 'SET', 'maxmemory', '1'),
    end: ({ server }) => server.must('CONFIG', 'SET', 'maxmemory', '0'),
    bare: 'none',
    owes: {
      backWithinMs: atOnce,
      kinds: ['unavailable'],
      unharmed: ['get'],
      circuitStaysClosed: true,
      lostConnections: 0,
    },
  },
  {
    name: 'snapshots fail (MISCONF)',
    at: 'server',
    begin: async ({ server }) => {
      const snapshot = await snapshotOf(server);
      // A real one, of an earlier fault that ended while it was being written.
      rmSync(snapshot, { recursive: true, force: true });
      mkdirSync(snapshot);
      await server.must('CONFIG', 'SET', 'save', '3600 1');
      await server.command('BGSAVE');
    },
    end: async ({ server }) => {
      rmSync(await snapshotOf(server), { recursive: true });
      await server.must('CONFIG', 'SET', 'save', '');
    },
    bare: 'none',
    owes: {
      backWithinMs: atOnce,
      kinds: ['unavailable'],
      unharmed: ['get'],
      circuitStaysClosed: true,
      lostConnections: 0,
    },
  },
  {
    name: 'no connections left (maxclients)',
    at: 'server',
    begin: async (scene) => {
      const control = await ControlConnection.open(scene.server);
      held.set(scene, control);
      await control.send('CONFIG', 'SET', 'maxclients', '1');
      await control.send(...killClients, 'SKIPME', 'yes');
    },
    end: async (scene) => {
      const control = held.get(scene);
      await control?.send('CONFIG', 'SET', 'maxclients', '10000');
      control?.close();
    },
    bare: 'fails calls',
    owes: { backWithinMs: atNextAttempt, kinds: [...AWAY, 'unavailable'] },
  },
];

async function snapshotOf(server: Scene['server']): Promise<string> {
  const [dir] = await server.pipeline([['CONFIG', 'GET', 'dir']]);
  return join(textOf(Array.isArray(dir) ? dir[1] : undefined), 'dump.rdb');
}
