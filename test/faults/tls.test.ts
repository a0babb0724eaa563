import { afterAll, describe, it } from 'vitest';
import { BRISK, connected, proxy, server } from '../integration/wrapped.ts';
import { Certificates } from '../support/certificates.ts';
import { majors } from '../support/clients.ts';
import { faultNamed } from './catalogue/index.ts';
import { checkControl, checkPromises } from './matrix/matrix.ts';
import { runRow } from './matrix/run.ts';

const FAULTS = [
  'server killed, back after 0.3 s',
  'server frozen (SIGSTOP)',
  'connection dead, new ones fine',
  'black hole, old connections dead for good',
  'one reset',
];

/** How long a connection may take to be made is none of what is tested here. */
const PATIENT = { ...BRISK, connection: { ...BRISK.connection, connectMs: 5_000 } };

const certificates = await Certificates.make();
afterAll(() => {
  certificates.remove();
});

describe('over TLS', () => {
  const rows = majors.flatMap((version) =>
    FAULTS.map((name) => ({ version, name, client: version.name })),
  );

  it.concurrent.for(rows)(
    '$client keeps its promises: $name',
    { timeout: 60_000 },
    async ({ version, name }, test) => {
      const fault = faultNamed(name);
      const tls = { certificate: certificates.server, ca: certificates.ca };
      const row = await runRow(fault, version, test, tls);
      checkControl(row);
      checkPromises(fault, row, row.brisk);
    },
  );

  // Not beside the bare client: in redis 4 and 5 it ends the process, by a `write EPROTO` that nobody hears.
  it.concurrent.for(majors)(
    '$name leaves a stream that cannot be decrypted, and goes on',
    { timeout: 30_000 },
    async (version, test) => {
      const { expect } = test;
      const { server: certificate, ca } = certificates;
      const control = await server(test, { tls: { certificate, ca } });
      const path = await proxy(test, control);
      const redis = await connected(test, version, path.port, PATIENT, {
        url: `rediss://127.0.0.1:${path.port}`,
        socket: { ca: ca.cert },
      });
      const lost: string[] = [];
      redis.resilience.on('connection.lost', ({ failure }) => lost.push(failure.kind));
      const calls = () => Promise.all(Array.from({ length: 100 }, () => redis.set('k', 'v')));
      expect(new Set(await calls())).toEqual(new Set(['OK']));
      const inFlight = calls();
      path.inject('@');
      expect(new Set(await inFlight)).toEqual(new Set(['OK']));
      await expect.poll(() => lost).toEqual(['transport']);
      expect(await redis.get('k')).toBe('v');
    },
  );
});
