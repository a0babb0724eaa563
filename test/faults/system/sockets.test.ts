import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import type { FailureSummary } from 'redis-resilience';
import { server } from '../../integration/wrapped.ts';
import { majors } from '../../support/clients.ts';
import { expectPromisesKept, goThrough, recorded, wrapped } from '../outage.ts';

const run = promisify(execFile);

const ends = [
  { end: "the client's end", port: 'dport', code: 'ECONNABORTED' },
  { end: "the server's end", port: 'sport', code: 'ECONNRESET' },
];

const rows = ends.flatMap((end) =>
  majors.map((version) => ({ ...end, version, name: `${version.name}, ${end.end}` })),
);

describe('a socket that is closed from outside (ss -K)', () => {
  it.concurrent.for(rows)('costs $name one connection', async (row, test) => {
    const store = await server(test);
    const redis = await wrapped(test, row.version, store.port);
    const lost: FailureSummary[] = [];
    redis.resilience.on('connection.lost', ({ failure }) => lost.push(failure));
    const { subject, errors } = recorded(redis);
    const aftermath = await goThrough(subject, store, {
      begin: async () => {
        const { stdout } = await run('ss', ['-HtnK', `${row.port} = :${store.port}`]);
        expect(stdout.trim().split('\n')).toHaveLength(1);
      },
      end: () => undefined,
      lastsMs: 500,
    });
    expectPromisesKept(aftermath);
    expect(aftermath.backFromBeginMs).toBeLessThan(300);
    expect(lost).toEqual([expect.objectContaining({ kind: 'transport' })]);
    // A write that meets the socket's error first takes it along; the client then reads an end of the stream.
    expect([row.code, 'ERR_REDIS_TRANSPORT']).toContain(lost[0]?.code);
    // Whatever was in flight may be told so; nothing else fails.
    for (const error of errors)
      expect(error).toMatchObject({ kind: 'transport', execution: 'unknown' });
  });
});
