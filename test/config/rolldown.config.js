import { readFileSync } from 'node:fs';
import { defineConfig } from 'rolldown';
import { dts } from 'rolldown-plugin-dts';

/** ESM only, which Jest and other CommonJS loaders cannot load: the CommonJS build holds a copy. */
const embedded = ['p-retry', 'is-network-error'];

const licences = embedded.map(
  (name) => `/*! ${name}\n\n${readFileSync(`node_modules/${name}/license`, 'utf8').trim()}\n*/`,
);

export default defineConfig([
  {
    input: 'src/index.ts',
    platform: 'node',
    external: ['cluster-key-slot', 'opossum', 'p-retry', 'winston'],
    output: { file: 'dist/index.js', sourcemap: true },
  },
  {
    input: 'src/index.ts',
    platform: 'node',
    external: ['cluster-key-slot', 'opossum', 'winston'],
    output: { file: 'dist/index.cjs', format: 'cjs', sourcemap: true, banner: licences.join('\n') },
  },
  {
    input: 'src/index.ts',
    plugins: [dts({ tsconfig: false, oxc: true, emitDtsOnly: true })],
    output: ['[name].js', '[name].cjs'].map((entryFileNames) => ({ dir: 'dist', entryFileNames })),
  },
]);
