import { existsSync, readFileSync } from 'node:fs';
import { X509Certificate } from 'node:crypto';
import { afterAll, expect, test } from 'vitest';
import { Certificates } from '../../support/certificates.ts';

const made = await Certificates.make();
const read = ({ cert }: { cert: string }) => new X509Certificate(cert);
const ca = read(made.ca);

afterAll(() => {
  made.remove();
});

test.for(['server', 'client', 'expired', 'wrongName'] as const)(
  '%s is signed by the CA',
  (name) => {
    expect(read(made[name]).verify(ca.publicKey)).toBe(true);
    expect(readFileSync(made[name].certFile, 'utf8')).toBe(made[name].cert);
    expect(readFileSync(made[name].keyFile, 'utf8')).toBe(made[name].key);
  },
);

test('each is wrong in the one way that its name says', () => {
  const isCurrent = (one: X509Certificate) => new Date(one.validTo) > new Date();
  expect(ca.ca).toBe(true);
  const rows = (['server', 'expired', 'wrongName', 'selfSigned'] as const).map((name) => {
    const one = read(made[name]);
    return [name, isCurrent(one), one.checkIP('127.0.0.1') !== undefined, one.verify(ca.publicKey)];
  });
  expect(rows).toEqual([
    ['server', true, true, true],
    ['expired', false, true, true],
    ['wrongName', true, false, true],
    ['selfSigned', true, true, false],
  ]);
});

test('removes its files', async () => {
  const other = await Certificates.make();
  other.remove();
  expect(existsSync(other.server.keyFile)).toBe(false);
});
