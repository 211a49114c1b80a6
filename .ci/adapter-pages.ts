/** Makes `docs/adapters/`: a page for each mapping. `npm run generate:pages` writes them, `-- --check` says whether they drifted. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pageOf } from '../adapters/kit/page.ts';
import type { MappingDocument } from '../adapters/mapping/document.ts';

const HOME = join(import.meta.dirname, '..');
const PAGES = join(HOME, 'docs', 'adapters');

const isCheck = process.argv.includes('--check');
let drifted = 0;
mkdirSync(PAGES, { recursive: true });
const paths = readdirSync(join(HOME, 'adapters'), { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.mapping.json'));
for (const path of paths.toSorted()) {
  const mapping = JSON.parse(readFileSync(join(HOME, 'adapters', path), 'utf8')) as MappingDocument;
  const file = join(PAGES, `${mapping.id}.md`);
  const page = pageOf(mapping, `adapters/${path}`);
  if (!isCheck) writeFileSync(file, page);
  else if (!existsSync(file) || readFileSync(file, 'utf8') !== page) {
    drifted++;
    console.error(`docs/adapters/${mapping.id}.md has drifted from its mapping: run "npm run generate:pages" and commit`);
  }
}
if (drifted > 0) process.exitCode = 1;
