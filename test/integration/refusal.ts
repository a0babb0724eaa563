import { inspect } from 'node:util';
import { ResilienceError, type ResilienceOptions, type Resilient } from 'redis-resilience';
import { expect } from 'vitest';
import type { AnyClient } from '../support/clients.ts';
import { BRISK } from './wrapped.ts';

/** For a refusal that comes at once: far less than the time that there would be to connect. */
export const PATIENT: ResilienceOptions = { ...BRISK, connection: { connectMs: 20_000 } };

/** For a connection that is tried in vain until the time is up. */
export const HASTY: ResilienceOptions = { ...BRISK, connection: { connectMs: 500 } };

/** The time of the hasty, and a margin for a busy machine. */
const WITHIN_MS = 3_000;

interface Expected {
  readonly kind: string;
  /** What was tried, as far as an error may tell it. */
  readonly address: string;
  readonly secrets?: readonly string[];
  readonly withinMs?: number;
}

/** Connects, which must fail in time, with an error that says where it was tried and nothing secret. */
export async function refusal(
  redis: Resilient<AnyClient>,
  { kind, address, secrets = [], withinMs = WITHIN_MS }: Expected,
): Promise<ResilienceError> {
  const startedAt = performance.now();
  const error: unknown = await redis.connect().catch((reason: unknown) => reason);
  expect(performance.now() - startedAt).toBeLessThan(withinMs);
  expect(error).toBeInstanceOf(ResilienceError);
  const known = error as ResilienceError;
  expect(known).toMatchObject({ kind, address, command: 'CONNECT', attempts: 0 });
  const told = [inspect(known, { depth: 10 }), JSON.stringify(known)];
  // The words of the server stay as they are.
  if (kind === 'transport') told.push(known.message);
  for (const text of told) expect(text).toContain(address);
  for (const secret of secrets) {
    for (const text of [...told, known.message, known.stack]) expect(text).not.toContain(secret);
  }
  return known;
}
