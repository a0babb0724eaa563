import type { Wire } from './wire.ts';

/**
 * What a second run of a command does when nobody else writes in between, from safest to most dangerous:
 * `read` changes nothing, `same-reply` leaves the same state and answers the same, `same-state` leaves the
 * same state but may answer otherwise, `unsafe` is everything else and everything unknown.
 */
export type ReplayClass = 'read' | 'same-reply' | 'same-state' | 'unsafe';

/** A class, or how to tell it from the arguments. */
export type Rule = ReplayClass | ((wire: Wire) => ReplayClass);

/** One rule and the commands it holds for, comma-separated; subcommands are written 'XGROUP CREATE'. */
export type RuleGroup = readonly [rule: Rule, commands: string];
