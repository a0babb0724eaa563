import { expect, it } from 'vitest';
import { freePort } from '../../support/free-port.ts';

it('gives no port twice, also where nothing listens on it', async () => {
  const ports = await Promise.all(Array.from({ length: 400 }, () => freePort()));
  expect(new Set(ports).size).toBe(400);
});
