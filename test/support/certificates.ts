import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generate } from 'selfsigned';

/** A certificate and its key, as PEM text and as the files that redis-server reads. */
export interface Certificate {
  cert: string;
  key: string;
  certFile: string;
  keyFile: string;
}

type Wanted = NonNullable<Parameters<typeof generate>[1]>;

const dayMs = 86_400_000;
const loopback = [
  { type: 2, value: 'localhost' },
  { type: 7, ip: '127.0.0.1' },
  { type: 7, ip: '::1' },
] as const;

/** A certificate authority of the test's own, and certificates that it has signed. */
export class Certificates {
  readonly ca: Certificate;
  /** Right for 127.0.0.1, ::1 and localhost. */
  readonly server: Certificate;
  readonly client: Certificate;
  /** Right for the same names, until yesterday. */
  readonly expired: Certificate;
  /** Right for another host only. */
  readonly wrongName: Certificate;
  /** Right for the same names, and signed by nobody but itself. */
  readonly selfSigned: Certificate;
  readonly #dir: string;

  private constructor(dir: string, made: Record<Kind, Certificate>) {
    this.#dir = dir;
    this.ca = made.ca;
    this.server = made.server;
    this.client = made.client;
    this.expired = made.expired;
    this.wrongName = made.wrongName;
    this.selfSigned = made.selfSigned;
  }

  /** Makes them all in a directory that `remove` deletes. */
  static async make(): Promise<Certificates> {
    const dir = mkdtempSync(join(tmpdir(), 'certificates-'));
    const ca = await make(dir, 'ca', {
      extensions: [
        { name: 'basicConstraints', cA: true, critical: true },
        { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
      ],
    });
    const [server, client, expired, wrongName, selfSigned] = await Promise.all([
      make(dir, 'server', { ca, ...usableBy(loopback) }),
      make(dir, 'client', { ca, ...usableBy([{ type: 2, value: 'client' }]) }),
      make(dir, 'expired', {
        ca,
        ...usableBy(loopback),
        notBeforeDate: new Date(Date.now() - 2 * dayMs),
        notAfterDate: new Date(Date.now() - dayMs),
      }),
      make(dir, 'wrongName', { ca, ...usableBy([{ type: 2, value: 'elsewhere.example' }]) }),
      make(dir, 'selfSigned', usableBy(loopback)),
    ]);
    return new Certificates(dir, { ca, server, client, expired, wrongName, selfSigned });
  }

  /** Deletes the files; the PEM texts stay usable. */
  remove(): void {
    rmSync(this.#dir, { recursive: true, force: true });
  }
}

type Kind = 'ca' | 'server' | 'client' | 'expired' | 'wrongName' | 'selfSigned';

/** A server of a cluster or a replica is a client of its peers too, under the same certificate. */
function usableBy(altNames: readonly { type: 2 | 7; value?: string; ip?: string }[]): Wanted {
  return {
    extensions: [
      { name: 'basicConstraints', cA: false, critical: true },
      { name: 'keyUsage', digitalSignature: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true, clientAuth: true },
      { name: 'subjectAltName', altNames: [...altNames] },
    ],
  };
}

async function make(dir: string, name: Kind, wanted: Wanted): Promise<Certificate> {
  const { cert, private: key } = await generate([{ name: 'commonName', value: name }], {
    // Elliptic keys are made in a millisecond; RSA keys take a second of a busy machine.
    ...{ keyType: 'ec', algorithm: 'sha256' },
    notBeforeDate: new Date(Date.now() - dayMs),
    ...wanted,
  });
  const certFile = join(dir, `${name}.crt`);
  const keyFile = join(dir, `${name}.key`);
  writeFileSync(certFile, cert);
  writeFileSync(keyFile, key, { mode: 0o600 });
  return { cert, key, certFile, keyFile };
}
