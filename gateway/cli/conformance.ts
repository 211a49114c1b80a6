/** `interchange conformance`: the published suite against a supplier's own system, and the signed statement of what came out. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createLocalJWKSet, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose';
import { CONSUMER_CHECKS, CONSUMER_PATIENCE } from '../../contracts/conformance/consumer.ts';
import { type Call, type Deliverables, readDeliverables, sendInvented } from '../../contracts/conformance/deliverables.ts';
import { openRecorder } from '../../contracts/conformance/recorder.ts';
import { levelText, reportOf } from '../../contracts/conformance/report.ts';
import { type CheckResult, type Running, runSuite } from '../../contracts/conformance/run.ts';
import { verifyStatement } from '../../contracts/conformance/statement.ts';
import { SUBMITTER_CHECKS, SUBMITTER_PATIENCE, submitterContext } from '../../contracts/conformance/submitter.ts';
import { KINDS, readSuite, type Suite } from '../../contracts/conformance/suite.ts';
import { readConfig } from '../config.ts';
import { openKeys } from '../keys/keys.ts';
import { startGateway } from '../main.ts';
import { teller, writeReport } from './conformance-report.ts';
import { clientOf, remoteOf } from './remote.ts';
import { type ExitCode, type Io, textOf, Unreachable, UsageError, type Values, type Verb } from './verb.ts';
import { VERBS } from './verbs/verbs.ts';

const SECRET = /^whsec_[A-Za-z0-9+/]{16,}={0,2}$/;
const MAKE_SECRET = 'whsec_$(openssl rand -base64 24)';

/** The events of the gateway that the consumer trusts. Where people work as personas it is given invented ones first. */
async function deliverables(values: Values, io: Io): Promise<Deliverables> {
  const { clients } = readConfig(io.env);
  const as = async (persona: string | undefined): Promise<Call> => (await remoteOf({ ...values, as: persona }, io)).fetch;
  const hasToken = (textOf(values, 'token') ?? io.env.INTERCHANGE_TOKEN) !== undefined;
  const reader = textOf(values, 'reader') ?? (hasToken ? undefined : 'cps');
  if (reader !== undefined && ['force', 'court'].every((name) => clients.some(({ persona }) => persona === name))) {
    await sendInvented(await as('force'), await as('court'));
    io.err('Invented events were sent to the gateway as force and court. Sent again they have no effect.');
  }
  return readDeliverables(await as(reader));
}

async function checkConsumer(suite: Suite, target: string, values: Values, io: Io, running: Running): Promise<readonly CheckResult[]> {
  const secret = textOf(values, 'secret') ?? '';
  const context = { target, secret, events: await deliverables(values, io), now: Date.now, patience: CONSUMER_PATIENCE };
  return runSuite(suite, CONSUMER_CHECKS, context, running);
}

/** Against a temporary gateway, which is gone when the suite is done. */
async function checkSubmitter(suite: Suite, target: string, running: Running): Promise<readonly CheckResult[]> {
  const dataFolder = mkdtempSync(join(tmpdir(), 'conformance-'));
  const config = readConfig({}, { port: 0, dataFolder, workers: 1, logLevel: 'silent' });
  const gateway = await startGateway({ config });
  try {
    const recorder = await openRecorder(gateway.url, () => performance.now());
    try {
      const token = async (persona: string): Promise<string> => (await gateway.issuer?.token(clientOf(config, persona))) ?? '';
      const context = await submitterContext({ url: gateway.url, token }, { target, recorder, patience: SUBMITTER_PATIENCE });
      return await runSuite(suite, SUBMITTER_CHECKS, context, running);
    } finally {
      await recorder.close();
    }
  } finally {
    await gateway.close();
    rmSync(dataFolder, { recursive: true, force: true });
  }
}

async function check(values: Values, io: Io): Promise<ExitCode> {
  const as = KINDS.find((kind) => kind === textOf(values, 'as'));
  const target = textOf(values, 'target');
  if (as === undefined) throw new UsageError(`Say what the target is: --as ${KINDS.join(' or --as ')}`);
  if (target === undefined || !URL.canParse(target) || !/^https?:$/.test(new URL(target).protocol))
    throw new UsageError('Say where the target is: --target http://…');
  if (as === 'consumer' && !SECRET.test(textOf(values, 'secret') ?? ''))
    throw new UsageError(`Give the secret that the target verifies with: --secret ${MAKE_SECRET}`);
  const suite = readSuite(as);
  const started = new Date().toISOString();
  if (values.json !== true) io.out(`${suite.title}: ${new URL(target).origin}, suite ${suite.id} ${suite.version}`);
  const running: Running = { interrupted: io.interrupted, ...(values.json === true ? {} : { onResult: teller(suite, io) }) };
  const results =
    as === 'consumer' ? await checkConsumer(suite, target, values, io, running) : await checkSubmitter(suite, target, running);
  if (io.interrupted.aborted) {
    io.err('Interrupted: there is no report.');
    return 1;
  }
  const report = reportOf(suite, target, started, results);
  const folder = await writeReport(report, suite, values, io);
  if (values.json === true) io.json(report);
  else io.out('', levelText(report, suite), `Report and statement: ${folder}`);
  return report.level > 0 ? 0 : 1;
}

/** The keys of a file or an address with a JWK set, or those of this machine. */
async function keysOf(named: string | undefined, io: Io): Promise<JWTVerifyGetKey> {
  if (named === undefined) {
    const { keysFolder } = readConfig(io.env);
    if (!existsSync(keysFolder)) throw new UsageError('There are no keys on this machine: say whose they are with --keys');
    const { trustedKeys } = await openKeys(keysFolder);
    return createLocalJWKSet({ keys: trustedKeys.map(({ jwk }) => jwk) });
  }
  const read = async () => {
    const response = await fetch(named).catch(() => undefined);
    if (response?.ok !== true) throw new Unreachable('The keys cannot be fetched');
    return response.text();
  };
  const text = /^https?:/.test(named) ? await read() : readFileSync(named, 'utf8');
  try {
    return createLocalJWKSet(JSON.parse(text) as JSONWebKeySet);
  } catch {
    throw new UsageError('--keys is not a JWK set');
  }
}

async function verify(file: string, values: Values, io: Io): Promise<ExitCode> {
  const reportFile = join(dirname(file), 'report.json');
  if (!existsSync(file) || !existsSync(reportFile)) throw new UsageError('Name a statement that has its report.json beside it');
  const found = await verifyStatement(
    readFileSync(file, 'utf8'),
    await keysOf(textOf(values, 'keys'), io),
    readFileSync(reportFile, 'utf8'),
  );
  const isGood = !('reason' in found);
  if (values.json === true) io.json({ verifies: isGood, ...(isGood ? { statement: found } : found) });
  else if (!isGood) io.err(`Does not verify: ${found.reason}.`);
  else {
    const { iss, iat, target, suite, version, level } = found;
    io.out(`Verifies: ${target} reached ${level === 0 ? 'no level' : `level ${level}`} of suite ${suite} ${version}.`);
    io.out(`It was run by ${iss}, ${new Date(iat * 1000).toISOString()}.`);
  }
  return isGood ? 0 : 1;
}

export const verb: Verb = {
  ...VERBS.conformance,
  run: async (values, [action, file, ...more], io) => {
    if (action === undefined) return check(values, io);
    if (action !== 'verify' || file === undefined || more.length > 0)
      throw new UsageError('Usage: interchange conformance --target URL --as consumer|submitter, or interchange conformance verify FILE');
    return verify(file, values, io);
  },
};
