import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';

/** Each dependency has one door: the only source file that may import it. */
const doors = {
  '@opentelemetry/api': 'src/telemetry/opentelemetry/api.ts',
  'cluster-key-slot': 'src/commands/slot.ts',
  opossum: 'src/layers/breaker/window.ts',
  'p-retry': 'src/layers/retry.ts',
  winston: 'src/telemetry/winston.ts',
};

/** @param {string[]} names @returns {import('eslint').Linter.RulesRecord} */
const restrictedImports = (names) => ({
  'no-restricted-imports': ['error', { paths: ['redis', '@redis/client', ...names] }],
});

export default defineConfig(
  { ignores: ['dist/**', 'coverage/**', 'node_modules/**', 'test/package/consumers/**'] },
  // Nothing there runs, and typed rules would check it all a second time.
  { ignores: ['test/types/**'] },
  ...tseslint.configs.strictTypeChecked,
  ...tseslint.configs.stylisticTypeChecked,
  {
    languageOptions: {
      parserOptions: {
        project: './tsconfig.json',
        tsconfigRootDir: `${import.meta.dirname}/../..`,
      },
    },
    rules: {
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      // Errors are told apart by a brand, because a server's reply keeps the client's own class.
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
    },
  },
  {
    files: ['src/**/*.ts'],
    rules: { 'no-console': 'error', ...restrictedImports(Object.keys(doors)) },
  },
  ...Object.entries(doors).map(([dependency, door]) => ({
    files: [door],
    rules: restrictedImports(Object.keys(doors).filter((other) => other !== dependency)),
  })),
  {
    files: ['test/**', 'examples/**'],
    rules: {
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      '@typescript-eslint/no-explicit-any': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
    },
  },
);
