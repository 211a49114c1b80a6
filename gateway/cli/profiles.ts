/** `interchange profiles`: the task profiles, and what the audit log says of their use. */
import { join } from 'node:path';
import { openBusToRead } from '../buses.ts';
import { HOME, readConfig } from '../config.ts';
import { loadStandards, type Standards } from '../rules/standards.ts';
import { taskFieldsOf } from '../store/disclosures.ts';
import { type ExitCode, type Io, textOf, UsageError, type Values, type Verb } from './verb.ts';
import { VERBS } from './verbs/verbs.ts';

function list({ profiles }: Standards, values: Values, io: Io): ExitCode {
  const documents = [...profiles.values()].map(({ document }) => document);
  if (values.json === true) io.json(documents);
  else
    for (const { id, version, title, purpose, standards } of documents) {
      const fields = Object.values(standards).reduce((sum, asked) => sum + asked.length, 0);
      io.out(`${id} ${version}: ${title}, ${fields} fields of ${Object.keys(standards).join(', ')}`);
      io.out(`  ${purpose}`);
    }
  return 0;
}

async function report(standards: Standards, values: Values, io: Io): Promise<ExitCode> {
  const data = textOf(values, 'data');
  const config = readConfig(io.env, data === undefined ? {} : { dataFolder: data });
  const bus = await openBusToRead(config);
  if (bus === undefined) throw new UsageError(`There is no bus in ${config.dataFolder}`);
  const found = await taskFieldsOf(bus).finally(() => bus.close());
  const tasks = [...standards.profiles.values()].map(({ document, fields }) => {
    const used = found.get(document.id);
    return {
      task: document.id,
      version: document.version,
      requests: used?.requests ?? 0,
      events: used?.events ?? 0,
      fields: [...fields].flatMap(([standard, asked]) =>
        [...asked].map((field) => ({ standard, field, ...(used?.fields.get(`${standard} ${field}`) ?? { asked: 0, granted: 0 }) })),
      ),
    };
  });
  if (values.json === true) {
    io.json(tasks);
    return 0;
  }
  for (const { task, version, requests, events, fields } of tasks) {
    io.out(`${task} ${version}: ${events} events in ${requests} requests`);
    if (events === 0) continue;
    io.out('     asked   granted  field (asked: the event had it and the profile names it)');
    for (const { standard, field, asked, granted } of fields)
      io.out(`  ${String(asked).padStart(8)}  ${String(granted).padStart(8)}  ${standard} ${field}`);
  }
  return 0;
}

export const verb: Verb = {
  ...VERBS.profiles,
  run: async (values, [action, ...more], io) => {
    if (more.length > 0 || (action !== 'list' && action !== 'report')) throw new UsageError('Usage: interchange profiles list|report');
    const standards = loadStandards(join(HOME, 'schemas'));
    return action === 'list' ? list(standards, values, io) : await report(standards, values, io);
  },
};
