import { readFileSync, writeFileSync } from 'node:fs';
import { format } from 'prettier';
import { TABLES } from './tables.ts';

const README = new URL('../../README.md', import.meta.url);

/** The README with every table written anew from the code. */
export async function filled(): Promise<string> {
  let text = readFileSync(README, 'utf8');
  for (const [name, table] of Object.entries(TABLES)) {
    const marked = new RegExp(`(<!-- table: ${name} -->).*?(<!-- end -->)`, 's');
    if (!marked.test(text)) throw new Error(`The README has no place for the table '${name}'`);
    text = text.replace(marked, `$1\n\n${table()}\n\n$2`);
  }
  return format(text, { parser: 'markdown', singleQuote: true, printWidth: 100 });
}

if (process.argv.includes('--write')) writeFileSync(README, await filled());
