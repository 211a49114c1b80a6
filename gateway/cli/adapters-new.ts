/** `interchange adapters new` and `infer`: a mapping to begin with. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, extname, join } from 'node:path';
import { infer } from '../../adapters/kit/infer.ts';
import type { Proposal } from '../../adapters/kit/proposal.ts';
import { TEMPLATE_SAMPLE, templateMapping } from '../../adapters/kit/template.ts';
import { HOME } from '../config.ts';
import { faultLine, MAPPING_SCHEMA, readMapping } from '../rules/mappings.ts';
import { loadStandards } from '../rules/standards.ts';
import { type ExitCode, type Io, textOf, UsageError, type Values } from './verb.ts';

const ID = /^[a-z][a-z0-9-]{2,60}$/;

/** The text of a document, with its schema first so that editors check it. */
const documentText = (mapping: object): string => `${JSON.stringify({ $schema: MAPPING_SCHEMA, ...mapping }, null, 2)}\n`;

function propose(file: string, id: string, values: Values): Proposal {
  const standard = textOf(values, 'standard');
  if (!existsSync(file)) throw new UsageError('There is no sample of that name');
  if (standard !== undefined && !loadStandards(join(HOME, 'schemas')).byName.has(standard))
    throw new UsageError('No published standard has that name');
  const proposal = infer(readFileSync(file), { id, ...(standard === undefined ? {} : { standard }) });
  if (typeof proposal === 'string') throw new Error(proposal);
  return proposal;
}

function tell({ undecided, personal }: Proposal, io: Io): void {
  if (personal.length > 0) io.err(`Personal data, by the names of the columns: ${personal.join(', ')}`);
  io.err('To decide:', ...undecided.map((sentence) => `  ${sentence}`));
}

/** An id of the name of a file. */
const idOf = (file: string): string => {
  const id = basename(file, extname(file))
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replace(/^[^a-z]+|-+$/g, '');
  return ID.test(id) ? id : 'new-format';
};

export async function inferAction(values: Values, files: readonly string[], io: Io): Promise<ExitCode> {
  const [file, ...more] = files;
  if (file === undefined || more.length > 0) throw new UsageError('Name one sample: adapters infer SAMPLE');
  const proposal = propose(file, idOf(file), values);
  if (values.json === true) io.json(proposal);
  else {
    io.data(Buffer.from(documentText(proposal.mapping)));
    tell(proposal, io);
  }
  return 0;
}

const test = (id: string): string => `/** node --test ${id}: the conformance kit of adapters, run over the samples. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';

const INTERCHANGE = process.env.INTERCHANGE ?? ${JSON.stringify(join(HOME, 'gateway/cli/interchange.mjs'))};

test('${id} holds to what adapters promise', () => {
  const { stdout, stderr } = spawnSync(process.execPath, [INTERCHANGE, 'adapters', 'test', import.meta.dirname, '--json'], { encoding: 'utf8' });
  assert.ok(stdout.startsWith('{'), stderr);
  const { level, checks } = JSON.parse(stdout);
  assert.deepEqual(checks.filter(({ status }) => status === 'failed'), []);
  assert.equal(level, 3);
});
`;

export async function newAction(values: Values, names: readonly string[], io: Io): Promise<ExitCode> {
  const [id = '', ...more] = names;
  if (!ID.test(id) || more.length > 0) throw new UsageError('Name the format: lower case, digits and dashes, such as wessex-stops');
  const folder = join(textOf(values, 'out') ?? '', id);
  if (existsSync(folder)) throw new UsageError(`There is already something with the name ${id} there`);
  const from = textOf(values, 'from');
  const proposal = from === undefined ? undefined : propose(from, id, values);
  const text = documentText(proposal?.mapping ?? templateMapping(id));
  mkdirSync(join(folder, 'samples'), { recursive: true });
  const files: readonly (readonly [string, string | Uint8Array])[] = [
    [join(folder, `${id}.mapping.json`), text],
    [
      join(folder, 'samples', from === undefined ? 'sample.csv' : basename(from)),
      from === undefined ? TEMPLATE_SAMPLE : readFileSync(from),
    ],
    [join(folder, `${id}.test.mjs`), test(id)],
  ];
  for (const [file, content] of files) writeFileSync(file, content);
  const read = readMapping(text, loadStandards(join(HOME, 'schemas')));
  if (values.json === true)
    io.json({ written: files.map(([file]) => file), undecided: proposal?.undecided ?? [], personal: proposal?.personal ?? [] });
  else {
    io.out(...files.map(([file]) => file));
    if (proposal !== undefined) tell(proposal, io);
    if (from !== undefined) io.err('The sample holds what the export holds: replace people by invented ones before you share it.');
    io.err(`Next: interchange adapters try ${files[0]?.[0]} ${files[1]?.[0]}`);
  }
  if (!('document' in read)) io.err(...read.map(faultLine));
  return 'document' in read ? 0 : 1;
}
