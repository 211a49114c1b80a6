/** `interchange policy`: looks at a label policy, or imports one from another system. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { HOME } from '../config.ts';
import { compilePolicy } from '../labels/policy.ts';
import { readSpif } from '../labels/spif.ts';
import { checkPolicy, readPolicy } from '../rules/compiled-rules.ts';
import { loadStandards } from '../rules/standards.ts';
import { type ExitCode, type Io, UsageError, type Values, type Verb } from './verb.ts';
import { VERBS } from './verbs/verbs.ts';

function importSpif(file: string, io: Io): ExitCode {
  const read = readSpif(readFileSync(file, 'utf8'));
  if (!read.ok) {
    for (const { code, reason, line } of read.refusals) io.err(`${file}: refused: ${code}: ${reason}, line ${line}`);
    return 1;
  }
  const { document, notImported } = read.value;
  compilePolicy(checkPolicy(loadStandards(join(HOME, 'schemas')), JSON.parse(JSON.stringify(document))));
  for (const { element, line } of notImported) io.err(`${file}: not imported: ${element}, line ${line}`);
  io.json(document, 2);
  return 0;
}

function check(file: string, values: Values, io: Io): ExitCode {
  const { document } = compilePolicy(checkPolicy(loadStandards(join(HOME, 'schemas')), readPolicy(file)));
  const { id, version, classifications, categories, rules } = document;
  if (values.json === true)
    io.json({ id, version, classifications: classifications.length, categories: categories.length, rules: rules.length });
  else
    io.out(
      `${id} ${version}: ${classifications.length} classifications, ${categories.length} categories, ${rules.length} rules. It is in order.`,
    );
  return 0;
}

export const verb: Verb = {
  ...VERBS.policy,
  run: async (values, [action, file, ...more], io) => {
    if (file === undefined || more.length > 0) throw new UsageError('Usage: interchange policy check|import FILE');
    if (action === 'import') return importSpif(file, io);
    if (action === 'check') return check(file, values, io);
    throw new UsageError('Usage: interchange policy check|import FILE');
  },
};
