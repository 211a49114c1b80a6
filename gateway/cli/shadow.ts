/** `interchange shadow`: tries a new adapter, mapping or policy over archived messages, and publishes nothing. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openBusToRead } from '../buses.ts';
import { type Config, HOME, readConfig } from '../config.ts';
import { hasKeys } from '../keys/key-files.ts';
import { openKeys } from '../keys/keys.ts';
import { makeAdapters } from '../pipeline/decode.ts';
import { NO_ANSWERS } from '../pipeline/ingest.ts';
import { loadRulesInForce } from '../rules/compiled-rules.ts';
import { loadStandards } from '../rules/standards.ts';
import { archivedMessages, type ShadowScope } from '../shadow/archive.ts';
import { openArchive } from '../shadow/archive-on-bus.ts';
import { keepReport, reportsFolder } from '../shadow/keep-report.ts';
import { SHADOW_FORMAT, type ShadowReport, scopeOfReport, signReport, verifiedReport } from '../shadow/report.ts';
import { runShadow } from '../shadow/run.ts';
import { openSide, type Side, type SideContext, type SideInput } from '../shadow/side.ts';
import { isWorse } from '../shadow/tally.ts';
import { VERSION } from '../version.ts';
import type { LookUp } from '../workers/pool.ts';
import type { Task } from '../workers/task.ts';
import { mustHaveKeys } from './audit-check.ts';
import { findingLines, valueLines, versionLines } from './shadow-lines.ts';
import { messagesIn, scopeOf, sidesOf, withFiles } from './shadow-sides.ts';
import { trustedKeysOf } from './trusted-keys.ts';
import { type ExitCode, type Io, textOf, UsageError, type Values, type Verb } from './verb.ts';
import { VERBS } from './verbs/verbs.ts';

/** Where messages come from, and what the gateway knows of their cases. */
interface Source {
  readonly kind: ShadowReport['scope']['messages'];
  readonly secret: Uint8Array;
  readonly lookUp: LookUp;
  readonly messages: (inForce: Side) => AsyncIterable<Task>;
}

const FILES_SECRET = Buffer.from('ids of files that were tried here');
const DAY = 86_400_000;

const filesOf = (files: readonly string[], scope: ShadowScope & { readonly from: number }): Source => {
  for (const file of files) if (!existsSync(file)) throw new UsageError(`There is no file or folder ${file}`);
  return {
    kind: 'files',
    secret: FILES_SECRET,
    lookUp: async () => NO_ANSWERS,
    messages: () => messagesIn(files, scope, scope.from),
  };
};

async function busOf(stack: AsyncDisposableStack, config: Config, scope: ShadowScope, signal: AbortSignal): Promise<Source> {
  mustHaveKeys(config.keysFolder);
  const bus = await openBusToRead(config);
  if (bus === undefined)
    throw new UsageError(`There is no bus in ${config.dataFolder}. Name files, or the data folder of a gateway with --data`);
  stack.defer(() => bus.close());
  const keys = await openKeys(config.keysFolder);
  const rules = loadRulesInForce(config, loadStandards(join(HOME, 'schemas')));
  const { view, lookUp } = await openArchive(stack, bus, keys, rules, Date.now);
  return {
    kind: 'bus',
    secret: keys.secret,
    lookUp,
    messages: ({ adapters }) =>
      archivedMessages(
        { bus, view, labelling: () => rules.labelling, domain: () => rules.domain, adapters: makeAdapters(adapters) },
        scope,
        signal,
      ),
  };
}

/** Runs both sides over the messages, with progress for people. */
async function compared(
  source: Source,
  scope: ShadowScope,
  [inForce, candidate]: readonly [Side, Side],
  standards: SideContext['standards'],
  values: Values,
  io: Io,
): Promise<ShadowReport> {
  const tally = await runShadow({
    standards,
    inForce,
    candidate,
    messages: source.messages(inForce),
    signal: io.interrupted,
    onCompared: (id, comparison, { messages }) => {
      if (values.show === true) io.err(...valueLines(id, comparison));
      else if (messages.compared % 100 === 0) io.progress(`${messages.compared} messages`);
    },
  });
  return {
    format: SHADOW_FORMAT,
    gateway: VERSION,
    scope: scopeOfReport(source.kind, scope),
    isComplete: !io.interrupted.aborted,
    inForce: inForce.version,
    candidate: candidate.version,
    findings: tally.findings,
  };
}

async function run(values: Values, files: readonly string[], io: Io): Promise<ExitCode> {
  if (values.show === true && !io.isTerminal) throw new UsageError('--show writes what messages hold: only on a terminal');
  const data = textOf(values, 'data');
  const out = textOf(values, 'out');
  if (out !== undefined && existsSync(out)) throw new UsageError('The file of --out exists already');
  const config = readConfig(io.env, data === undefined ? {} : { dataFolder: data });
  const standards = loadStandards(join(HOME, 'schemas'));
  const isOfFiles = files.length > 0;
  const asked = scopeOf(values);
  if (isOfFiles && (asked.isQuarantined === true || asked.to !== undefined))
    throw new UsageError('--quarantined and --to choose messages of a bus');
  const scope = isOfFiles ? { ...asked, from: asked.from ?? Math.floor(Date.now() / DAY) * DAY } : asked;
  const named = await sidesOf(config, values, standards, io);
  await using stack = new AsyncDisposableStack();
  // Workers that wait for work keep no process alive, and this one has nothing else.
  const alive = setInterval(() => undefined, DAY);
  stack.defer(() => clearInterval(alive));
  const source = isOfFiles
    ? filesOf(files, scope as ShadowScope & { readonly from: number })
    : await busOf(stack, config, scope, io.interrupted);
  const inputs = isOfFiles ? withFiles(named, standards) : named;
  const { secret, lookUp } = source;
  const open = (input: SideInput): Promise<Side> => openSide(stack, input, { standards, secret, lookUp, now: Date.now, onError: io.err });
  const sides = [await open(inputs.inForce), await open(inputs.candidate)] as const;
  const report = await compared(source, scope, sides, standards, values, io);
  const isSigned = hasKeys(config.keysFolder);
  const key = isSigned ? (await openKeys(config.keysFolder)).seal : undefined;
  const signed = signReport(report, key === undefined ? undefined : { kid: key.kid, key: key.privateKey });
  const file = keepReport(signed, reportsFolder(config.dataFolder), out);
  if (values.json === true) io.json(signed);
  else {
    io.out(...versionLines(report.inForce, report.candidate), ...findingLines(report.findings), `Report: ${file}`);
    if (!isSigned) io.err('Note: There are no keys on this machine: the report is not signed.');
  }
  return report.isComplete && !isWorse(report.findings) ? 0 : 1;
}

async function verify(files: readonly string[], values: Values, io: Io): Promise<ExitCode> {
  if (files.length === 0) throw new UsageError('Say which reports');
  const config = readConfig(io.env);
  const keysFile = textOf(values, 'keys');
  if (keysFile === undefined) mustHaveKeys(config.keysFolder);
  const keys = await trustedKeysOf(config, keysFile);
  let isGood = true;
  for (const file of files) {
    const report = await verifiedReport(readFileSync(file, 'utf8'), keys);
    isGood &&= report !== undefined;
    if (values.json === true) io.json({ file, verifies: report !== undefined });
    else if (report === undefined) io.err(`${file}: does not verify`);
    else io.out(`${file}: verifies`, ...versionLines(report.inForce, report.candidate), ...findingLines(report.findings));
  }
  return isGood ? 0 : 1;
}

export const verb: Verb = {
  ...VERBS.shadow,
  run: (values, words, io) => (words[0] === 'verify' ? verify(words.slice(1), values, io) : run(values, words, io)),
};
