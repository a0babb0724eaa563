import { afterAll, describe, it } from 'vitest';
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
  // Over TLS, a byte that nobody sent is a record that cannot be decrypted.
  'one byte that cannot be decoded',
];

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
});
