import { closeSync, fstatSync, openSync, writeSync } from 'node:fs';

/** The file of host names, where tests have one of their own (tiers.js); elsewhere it is missing. */
const hosts = '/mnt/hosts';

/** A name of this machine that can be forgotten and learnt again; no resolver knows it either. */
export class HostName {
  readonly name: string;
  readonly #offset: number;

  constructor(name: string) {
    this.name = name;
    this.#offset = write(`127.0.0.1 ${name}\n`);
  }

  forget(): void {
    // One byte makes it a comment: nobody can read the file half written.
    write('#', this.#offset);
  }

  learn(): void {
    write('1', this.#offset);
  }
}

/** Writes over what stands there, by default at the end, and says where. */
function write(text: string, at?: number): number {
  const file = openSync(hosts, 'r+');
  try {
    const offset = at ?? fstatSync(file).size;
    writeSync(file, text, offset);
    return offset;
  } finally {
    closeSync(file);
  }
}
