/** `interchange standards`: does what is checked in hold to what was published, and publication itself. */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { JsonObject } from '../../adapters/adapter.ts';
import { HOME, readConfig } from '../config.ts';
import { unlabelled } from '../governance/labelled.ts';
import { findings, PUBLISHED, publishSchemas, publishTo, readPublication, rewritten, unpublished } from '../governance/publication.ts';
import { loadStandards, type Standards } from '../rules/standards.ts';
import { type ExitCode, type Io, textOf, UsageError, type Values, type Verb } from './verb.ts';
import { VERBS } from './verbs/verbs.ts';

/** Places in standards that can hold text and have no label of their own. */
const unlabelledIn = ({ byName, files }: Standards): readonly string[] =>
  [...byName.values()].flatMap(({ schemaId }) =>
    unlabelled(files.get(schemaId) ?? {}, (id) => files.get(id)).map((at) => `${schemaId}#${at}`),
  );

function check(values: Values, io: Io): ExitCode {
  const standards = loadStandards(resolve(textOf(values, 'schemas') ?? join(HOME, 'schemas')));
  const published = readPublication(resolve(textOf(values, 'published') ?? PUBLISHED));
  if (published.size === 0) throw new UsageError('Nothing is published there');
  const folder = resolve(textOf(values, 'published') ?? PUBLISHED);
  const found = findings(standards, published, readConfig(io.env).clients, new Date().toISOString().slice(0, 10));
  const changed = rewritten(folder, standards);
  const waiting = unpublished(standards, published);
  const open = unlabelledIn(standards);
  const wrong = found.length + changed.length + open.length;
  if (values.json === true) io.json({ findings: found, rewritten: changed, unpublished: waiting, unlabelled: open });
  else {
    for (const { schema, published: before, breaks, isRewritten, senders, readers } of found) {
      if (breaks.length > 0) {
        io.err(`${schema} breaks ${before}:`);
        for (const { at, reason } of breaks) io.err(`  ${at}: ${reason}`);
        io.err(`  affects these senders: ${senders.join(', ') || 'no client of this configuration'}`);
        io.err(`  breaks who read it: ${readers.join(', ') || 'no client of this configuration'}`);
      }
      if (isRewritten)
        io.err(
          `${schema}: the text changed and the version did not. A published version never changes: give the change a version of its own.`,
        );
    }
    for (const path of changed)
      io.err(`${path}: the text changed and the version did not. A published version never changes: give the change a version of its own.`);
    for (const place of open) io.err(`${place}: can hold text and has no portion, list or form`);
    for (const id of waiting) io.out(`${id} is not published yet.`);
    if (wrong === 0) io.out(`${published.size} published schemas, none broken.`);
  }
  return wrong === 0 ? 0 : 1;
}

export const verb: Verb = {
  ...VERBS.standards,
  run: async (values, [action, ...more], io) => {
    if (more.length > 0) throw new UsageError('Usage: interchange standards check, or interchange standards publish --out FOLDER');
    if (action === 'check') return check(values, io);
    const out = textOf(values, 'out');
    if (action !== 'publish' || out === undefined)
      throw new UsageError('Usage: interchange standards check, or interchange standards publish --out FOLDER');
    const standards = loadStandards(resolve(textOf(values, 'schemas') ?? join(HOME, 'schemas')));
    const contract = (name: string) => JSON.parse(readFileSync(join(HOME, 'contracts', 'generated', `${name}.json`), 'utf8')) as JsonObject;
    const written =
      values['only-schemas'] === true
        ? publishSchemas(resolve(out), standards)
        : publishTo(resolve(out), standards, { openapi: contract('openapi'), asyncapi: contract('asyncapi') });
    for (const path of written) io.out(path);
    io.out(`${written.length} written.`);
    return 0;
  },
};
