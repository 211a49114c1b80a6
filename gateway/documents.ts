/** The documents that are published with the schemas: the contracts, sample messages, licences. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import type { JsonObject } from '../adapters/adapter.ts';
import { HOME } from './config.ts';
import type { Published } from './transports/http/standards.ts';

const textOf = (...path: readonly string[]): string => readFileSync(join(HOME, ...path), 'utf8');

const CONTRACT_FILE = join(HOME, 'contracts', 'openapi.yaml');
const BUS_FILE = join(HOME, 'contracts', 'asyncapi.yaml');

/** A contract in the form for `/standards`, where the standards and examples are next to it. */
const published = (file: string): string =>
  readFileSync(file, 'utf8').replaceAll('../schemas/', './').replaceAll('../examples/', './examples/');

export const HTTP_CONTRACT = parse(readFileSync(CONTRACT_FILE, 'utf8'), { merge: true }) as JsonObject;
export const BUS_CONTRACT = parse(readFileSync(BUS_FILE, 'utf8')) as JsonObject;

/** By the path below `/standards/`. */
export const DOCUMENTS: Readonly<Record<string, Published>> = {
  'openapi.yaml': { mediaType: 'application/yaml', body: published(CONTRACT_FILE), title: 'The HTTP contract (OpenAPI 3.1)' },
  'openapi.json': {
    mediaType: 'application/json',
    body: textOf('contracts', 'generated', 'openapi.json'),
    title: 'The HTTP contract with every standard in it, as one file',
  },
  'asyncapi.yaml': { mediaType: 'application/yaml', body: published(BUS_FILE), title: 'The bus contract (AsyncAPI 3.0)' },
  'asyncapi.json': {
    mediaType: 'application/json',
    body: textOf('contracts', 'generated', 'asyncapi.json'),
    title: 'The bus contract with every standard in it, as one file',
  },
  ...Object.fromEntries(
    ['new-case.xml', 'court-result.xml'].map((name) => [
      `examples/messages/${name}`,
      { mediaType: 'application/xml', body: textOf('examples', 'messages', name), title: 'A message of the Standard Prosecutor Interface' },
    ]),
  ),
  'vectors/seals.json': {
    mediaType: 'application/json',
    body: textOf('contracts', 'vectors', 'seals.json'),
    title: 'Test vectors of seals',
  },
  'vectors/README.md': {
    mediaType: 'text/markdown',
    body: textOf('contracts', 'vectors', 'README.md'),
    title: 'What the test vectors of seals say',
  },
  'codelists/LICENCE.md': {
    mediaType: 'text/markdown',
    body: textOf('schemas', 'codelists', 'LICENCE.md'),
    title: 'The licences of the code lists',
  },
};

/** The program in `docs/labels.md` that verifies a seal. */
export const VERIFY_PROGRAM = /```js[^\n]*\n(\/\/ Usage: node verify-seal[\s\S]*?)```/.exec(textOf('docs', 'labels.md'))?.[1] ?? '';
