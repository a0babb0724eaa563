import { readFileSync } from 'node:fs';
import { defineConfig } from 'rolldown';
import { dts } from 'rolldown-plugin-dts';

/** ESM only, which Jest and other CommonJS loaders cannot load: the CommonJS build holds a copy. */
const embedded = ['p-retry', 'is-network-error'];

const licences = embedded.map(
  (name) => `/*! ${name}\n\n${readFileSync(`node_modules/${name}/license`, 'utf8').trim()}\n*/`,
);

/** What users import, by the name of its file, and what it loads. */
const entries = {
  index: ['cluster-key-slot', 'opossum', 'p-retry', 'winston'],
  opentelemetry: ['@opentelemetry/api'],
};

export default defineConfig(Object.entries(entries).flatMap(builds));

/** @param {[name: string, external: string[]]} entry @returns {import('rolldown').RolldownOptions[]} */
function builds([name, external]) {
  const input = `src/${name}.ts`;
  const loaded = external.filter((each) => !embedded.includes(each));
  const banner = loaded.length < external.length ? licences.join('\n') : '';
  return [
    {
      ...{ input, platform: 'node', external },
      output: { file: `dist/${name}.js`, sourcemap: true },
    },
    {
      ...{ input, platform: 'node', external: loaded },
      output: { file: `dist/${name}.cjs`, format: 'cjs', sourcemap: true, banner },
    },
    {
      ...{ input, external },
      plugins: [dts({ tsconfig: false, oxc: true, emitDtsOnly: true })],
      output: ['[name].js', '[name].cjs'].map((entryFileNames) => ({
        dir: 'dist',
        entryFileNames,
      })),
    },
  ];
}
