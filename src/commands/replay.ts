import type { ReplayClass, Rule } from './replay-class.ts';
import { MODULES } from './replay-modules.ts';
import { READS } from './replay-reads.ts';
import { SERVER } from './replay-server.ts';
import { WRITES } from './replay-writes.ts';
import { commandName, type Wire } from './wire.ts';

export type { ReplayClass } from './replay-class.ts';

/** What the user lets be tried again after a failure that leaves open whether the command ran. */
export type ReplayPolicy = 'never' | 'reads' | 'same-reply' | 'same-state';

const DANGER: Record<ReplayClass, number> = {
  read: 0,
  'same-reply': 1,
  'same-state': 2,
  unsafe: 3,
};

const MOST_ALLOWED: Record<ReplayPolicy, number> = {
  never: -1,
  reads: DANGER.read,
  'same-reply': DANGER['same-reply'],
  'same-state': DANGER['same-state'],
};

/** Every classified command; Redis has no flag for this, so the table is ours and checked against a server. */
export const REPLAY_RULES: ReadonlyMap<string, Rule> = new Map(
  [...READS, ...WRITES, ...SERVER, ...MODULES].flatMap(([rule, commands]) =>
    commands.split(',').map((command): [string, Rule] => [command.trim(), rule]),
  ),
);

/** How safe it is to run a command twice; what the table does not know is `unsafe`. */
export function replayClassOf(wire: Wire): ReplayClass {
  const rule = REPLAY_RULES.get(commandName(wire)) ?? 'unsafe';
  return typeof rule === 'function' ? rule(wire) : rule;
}

/** The class of a command whose arguments do not matter for it; undefined where they do. */
export function replayClassOfAny(name: string): ReplayClass | undefined {
  const rule = REPLAY_RULES.get(name) ?? 'unsafe';
  return typeof rule === 'function' ? undefined : rule;
}

/** The class of commands that run together, as in a transaction; of none it is `read`. */
export function mostDangerous(classes: Iterable<ReplayClass>): ReplayClass {
  let worst: ReplayClass = 'read';
  for (const replayClass of classes) {
    if (DANGER[replayClass] > DANGER[worst]) worst = replayClass;
  }
  return worst;
}

/** Whether a policy covers a class; who ended the attempt is for the caller to judge. */
export function mayReplay(policy: ReplayPolicy, replayClass: ReplayClass): boolean {
  return DANGER[replayClass] <= MOST_ALLOWED[policy];
}
