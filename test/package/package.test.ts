import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { createRequire, isBuiltin } from 'node:module';
import { dirname, join } from 'node:path';
import { createClient } from 'redis-6';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as source from '../../src/index.ts';
import { RedisServer } from '../support/redis-server.ts';
import { packed, project, run, tool } from './project.ts';

let library: string;
let server: RedisServer;
let env: { REDIS_URL: string };

beforeAll(async () => {
  server = await RedisServer.start();
  env = { REDIS_URL: server.url };
  library = await packed();
}, 120_000);

afterAll(async () => {
  await server.stop();
  rmSync(dirname(library), { recursive: true });
});

const tsc = tool('typescript/bin/tsc');
const text = (file: string): string => readFileSync(join(library, file), 'utf8');

describe('the tarball', () => {
  it('holds one file of each format, with one set of declarations', () => {
    expect(readdirSync(library).sort()).toEqual([
      'CHANGELOG.md',
      'LICENSE',
      'README.md',
      'dist',
      'package.json',
    ]);
    expect(readdirSync(join(library, 'dist')).sort()).toEqual([
      'index.cjs',
      'index.cjs.map',
      'index.d.cts',
      'index.d.ts',
      'index.js',
      'index.js.map',
      'opentelemetry.cjs',
      'opentelemetry.cjs.map',
      'opentelemetry.d.cts',
      'opentelemetry.d.ts',
      'opentelemetry.js',
      'opentelemetry.js.map',
    ]);
    for (const name of ['index', 'opentelemetry']) {
      expect(text(`dist/${name}.d.cts`)).toBe(text(`dist/${name}.d.ts`));
    }
  });

  it('declares its types without those of redis, node or any other package', async () => {
    expect(text('dist/index.d.ts')).toContain('declare function resilient<C extends RedisLike>');
    expect(text('dist/index.d.ts')).not.toMatch(/\bimport\b|\bfrom\s*["']|require\(|<reference/);
    const options = ['--noEmit', '--strict', '--exactOptionalPropertyTypes', '--lib', 'es2023'];
    await run(library, [tsc, ...options, 'dist/index.d.ts', 'dist/index.d.cts']);
  });

  it.each([
    { file: 'index.js', packages: ['cluster-key-slot', 'opossum', 'p-retry', 'winston'] },
    { file: 'index.cjs', packages: ['cluster-key-slot', 'opossum', 'winston'] },
    { file: 'opentelemetry.js', packages: ['@opentelemetry/api'] },
    { file: 'opentelemetry.cjs', packages: ['@opentelemetry/api'] },
  ])('loads from $file what is declared, and no more', ({ file, packages }) => {
    const loads = file.endsWith('.cjs') ? /\brequire\("(.+?)"\)/g : /^import .*? from "(.+?)";$/gm;
    const loaded = [...text(`dist/${file}`).matchAll(loads)].map(([, name]) => name!);
    expect(loaded.filter((name) => !isBuiltin(name)).sort()).toEqual(packages);
  });

  it('carries the licence of each package that its CommonJS build holds', () => {
    const { sources } = JSON.parse(text('dist/index.cjs.map')) as { sources: string[] };
    const embedded = sources.flatMap((path) => /node_modules\/(.+?)\//.exec(path)?.[1] ?? []);
    expect(embedded.sort()).toEqual(['is-network-error', 'p-retry']);
    for (const name of embedded) {
      expect(text('dist/index.cjs')).toContain(
        readFileSync(tool(`${name}/license`), 'utf8').trim(),
      );
    }
  });
});

type Library = typeof source;

describe('its ESM and its CommonJS copy in one process', () => {
  let folder: string;
  let esm: Library;
  let cjs: Library;
  const copies = () => [
    { own: esm, other: cjs },
    { own: cjs, other: esm },
  ];

  beforeAll(async () => {
    folder = project(library, 'scripts');
    const require = createRequire(join(folder, 'main.js'));
    cjs = require('redis-resilience') as Library;
    esm = (await import(join(folder, 'node_modules/redis-resilience/dist/index.js'))) as Library;
  });

  it('are two, which export the same under the same names', () => {
    expect(esm.resilient).not.toBe(cjs.resilient);
    for (const { own } of copies()) {
      expect(Object.keys(own).sort()).toEqual(Object.keys(source).sort());
      for (const [name, value] of Object.entries(own)) expect(value.name).toBe(name);
    }
  });

  it("know each other's errors", async () => {
    for (const { own, other } of copies()) {
      const redis = own.resilient(createClient({ url: server.url }), { logger: false });
      const early: unknown = await redis.get('copies').catch((error: unknown) => error);
      expect(early).toBeInstanceOf(other.ClosedError);
      expect(early).not.toBeInstanceOf(other.CommandError);
      await redis.connect();
      await redis.set('copies', 'a string');
      const reply: unknown = await redis.lPush('copies', 'x').catch((error: unknown) => error);
      expect(reply).toBeInstanceOf(other.CommandError);
      await server.kill();
      const outage: unknown = await redis.get('copies').catch((error: unknown) => error);
      expect(other.isOutage(outage)).toBe(true);
      await server.restart();
      await redis.resilience.shutdown();
    }
  });

  it('refuse what the other has wrapped', () => {
    for (const { own, other } of copies()) {
      const redis = other.resilient(createClient(), { logger: false });
      for (const wrapped of [redis, redis.resilience.strict, redis.duplicate()]) {
        expect(() => own.resilient(wrapped)).toThrow(
          new TypeError('Cannot wrap a client that is wrapped already'),
        );
      }
    }
  });

  it('share one default logger', async () => {
    const { stdout, stderr } = await run(folder, ['loggers.mjs']);
    expect(stdout).toBe('redis-resilience\n');
    const lines = stderr.trim().split('\n');
    expect(lines.map((line) => (JSON.parse(line) as { message: string }).message)).toEqual([
      expect.stringMatching(/'esm' .*: the circuit opened/),
      expect.stringMatching(/'cjs' .*: the circuit opened/),
    ]);
  });

  it('serve an ES module and a CommonJS module', async () => {
    const [module, script] = await Promise.all([
      run(folder, ['hello.mjs'], env),
      run(folder, ['hello.cjs'], env),
    ]);
    expect([module.stdout, script.stdout]).toEqual(['hello from ESM\n', 'hello from CommonJS\n']);
  });
});

describe('the tarball serves', () => {
  it('OpenTelemetry, as an ES module and a CommonJS module', async () => {
    const folder = project(library, 'metrics');
    for (const script of ['measure.mjs', 'measure.cjs']) {
      const { stdout, stderr } = await run(folder, [script], env);
      expect({ measured: Number(stdout) > 5, stderr }).toEqual({ measured: true, stderr: '' });
    }
  });

  it('a NestJS application, CommonJS, compiled by tsc', { timeout: 120_000 }, async () => {
    const folder = project(library, 'nest');
    await run(folder, [tsc]);
    expect(readFileSync(join(folder, 'dist/src/redis.js'), 'utf8')).toContain(
      'require("redis-resilience")',
    );
    const { stdout, stderr } = await run(folder, ['dist/src/main.js'], env);
    expect({ stdout, stderr }).toEqual({ stdout: 'hello from nest\n', stderr: '' });
  });

  it('a Jest project, CommonJS, compiled by ts-jest', { timeout: 120_000 }, async () => {
    const folder = project(library, 'jest');
    const { stderr } = await run(folder, [tool('jest/bin/jest.js'), '--ci'], env);
    expect(stderr).toMatch(/^Tests: +2 passed, 2 total$/m);
    expect(stderr).not.toContain('did not exit');
  });
});
