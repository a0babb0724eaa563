import { isDeepStrictEqual } from 'node:util';
import { AttendedClock } from '../../support/attended-clock.ts';
import type { AnyClient, ClientVersion } from '../../support/clients.ts';
import { FaultProxy } from '../../support/fault-proxy.ts';
import { RedisServer } from '../../support/redis-server.ts';
import { takeApart } from '../../support/strict-replies.ts';
import { COMMANDS, DATA, type Command, type Own } from './commands.ts';

/** What became of a call: its answer, or the message of its error. */
export type Settled = { readonly value: unknown } | { readonly error: string };

/** A command, and how the server answers it where nothing is damaged. */
export interface Sampled {
  readonly command: Command;
  /** The replies as they are sent. */
  readonly bytes: Buffer;
  /** How many replies these are: a transaction has several. */
  readonly replies: number;
  /** What the bare client made of them. */
  readonly answer: Settled;
}

/** Where cases of one version run side by side. */
export interface Bench {
  readonly version: ClientVersion;
  readonly server: RedisServer;
  readonly clock: AttendedClock;
  readonly commands: readonly Sampled[];
  tearDown(): Promise<void>;
}

/** Starts a server, and learns on it how each command is answered. */
export async function setUp(version: ClientVersion): Promise<Bench> {
  const server = await RedisServer.start();
  await server.pipeline(DATA);
  const clock = new AttendedClock();
  const tearDown = async () => {
    clock.stop();
    await server.stop();
  };
  return { version, server, clock, commands: await sample(version, server), tearDown };
}

/** Whether a call got the one right answer. */
export function isRight({ command, answer }: Sampled, own: Own, settled: Settled): boolean {
  return isDeepStrictEqual(settled, command.answer ? { value: command.answer(own) } : answer);
}

/** Waits for a call. */
export function settle(call: Promise<unknown>): Promise<Settled> {
  return call.then(
    (value) => ({ value }),
    (error: unknown) => ({ error: error instanceof Error ? error.message : String(error) }),
  );
}

async function sample(version: ClientVersion, server: RedisServer): Promise<Sampled[]> {
  const path = await FaultProxy.start(server.port);
  const client = version.createClient({ url: `redis://127.0.0.1:${path.port}` });
  client.on('error', () => undefined);
  await client.connect();
  const sampled: Sampled[] = [];
  for (const [index, command] of COMMANDS.entries()) {
    sampled.push(await sampleOf(command, index, client, path));
  }
  await client['disconnect']();
  path.stop();
  return sampled;
}

async function sampleOf(
  command: Command,
  index: number,
  client: AnyClient,
  path: FaultProxy,
): Promise<Sampled> {
  const own = ownOf(0, index);
  const sent = path.alter({ at: Infinity, lost: 0, inserted: Buffer.alloc(0) });
  const answer = await settle(command.run(client, own));
  // Its answer follows the last byte of the command's.
  await client.ping();
  const bytes = sent().subarray(0, -'+PONG\r\n'.length);
  const { replies, isDamaged } = takeApart(bytes);
  const sampled = { command, bytes, replies: replies.length, answer };
  if (isDamaged || replies.length === 0 || !isRight(sampled, own, answer)) {
    throw new Error(`${command.name}: no sample but ${JSON.stringify({ replies, answer })}`);
  }
  return sampled;
}

/** What one call of a case has for itself; as long for each. */
export function ownOf(number: number, call: number): Own {
  const padded = (value: number) => String(value).padStart(6, '0');
  return { key: `own:${padded(number)}:${padded(call)}`, number: 10_000 + call };
}
