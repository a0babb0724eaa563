import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { DEFAULTS } from '../../src/options/defaults.ts';
import { filled } from './fill.ts';
import { documentedOptions } from './tables.ts';

const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');

it('shows the tables that the code has', async () => {
  expect(readme).toBe(await filled());
});

it('names commands that exist', () => {
  const { scripts } = JSON.parse(
    readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
  ) as { scripts: Record<string, string> };
  const named = [...readme.matchAll(/`?npm (?:run )?(demo|test|[a-z:-]+)\b/g)].map(
    ([, name]) => name,
  );
  const own = named.filter((name) => name !== 'install' && name !== 'i');
  expect(own.filter((name = '') => !Object.hasOwn(scripts, name))).toEqual([]);
  expect(own.length).toBeGreaterThan(1);
});

it('has a first example of at most 12 lines', () => {
  const [, example = ''] = /```ts\n(.*?)```/s.exec(readme) ?? [];
  expect(example.trim().split('\n').length).toBeLessThanOrEqual(12);
  expect(example).toContain('resilient(');
});

it('documents every option, each with the default that it has', () => {
  const documented = documentedOptions().map(({ group, field, defaultValue }) => [
    `${group}.${field}`,
    defaultValue.replaceAll(/[_']/g, ''),
  ]);
  const defined = Object.entries(DEFAULTS).flatMap(([group, fields]) =>
    Object.entries(fields as object).map(([field, value]) => [`${group}.${field}`, String(value)]),
  );
  expect(documented).toEqual(defined);
});
