import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { floors, majors } from '../../support/clients.ts';
import { RedisServer } from '../../support/redis-server.ts';

let server: RedisServer;

beforeAll(async () => {
  server = await RedisServer.start();
});

afterAll(async () => {
  await server.stop();
});

test('there is a newest and an oldest version of each major', () => {
  expect(majors.map(({ major }) => major)).toEqual([4, 5, 6]);
  expect(floors.map(({ major }) => major)).toEqual([4, 5, 6]);
  expect(new Set([...majors, ...floors].map(({ name }) => name)).size).toBe(6);
});

describe.each([...majors, ...floors])('$name', ({ createClient }) => {
  test('talks to the server', async () => {
    const client = createClient({ url: server.url });
    await client.connect();
    await client.set('key', 'value');
    expect(await client.mGet(['key', 'none'])).toEqual(['value', null]);
    await client['disconnect']();
  });
});
