/** `interchange doctor`: would a gateway start here, is the one that runs well, and if not, why. */
import { sign, webcrypto } from 'node:crypto';
import { accessSync, constants, existsSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { loadAdapters, readAdapterSources } from '../adapters.ts';
import { applyTopics } from '../bus/kafka/topics.ts';
import { kafkaOptions, openBusToRead } from '../buses.ts';
import { type Config, FILES, HOME, type ListenerConfig, readConfig, type TimestampsConfig, type WitnessConfig } from '../config.ts';
import { fileKeys } from '../keys/at-rest.ts';
import { hasKeys, OTHERS } from '../keys/key-files.ts';
import { openKeys } from '../keys/keys.ts';
import { dayOf } from '../labels/day.ts';
import { loadRulesInForce } from '../rules/compiled-rules.ts';
import { loadStandards } from '../rules/standards.ts';
import { openCertificates, openWitness } from '../store/audit/open-evidence.ts';
import { topicSpecification } from '../topics.ts';
import { fetchKeys } from '../transports/http/fetch-keys.ts';
import { readKeySet } from '../transports/http/key-set.ts';
import { loadTransports } from '../transports/kinds.ts';
import { diskOf } from '../upkeep/disk.ts';
import { type Expiring, openExpiring } from '../upkeep/expiring.ts';
import { NAMES } from '../upkeep/names.ts';
import { lookFor, type RunningGateway } from './running-gateway.ts';
import { type Io, textOf, type Values, type Verb } from './verb.ts';
import { VERBS } from './verbs/verbs.ts';

interface Finding {
  readonly check: string;
  readonly ok: boolean;
  readonly detail: string;
}

async function look(check: string, work: () => string | Promise<string>): Promise<Finding> {
  try {
    return { check, ok: true, detail: await work() };
  } catch (error) {
    return { check, ok: false, detail: error instanceof Error ? error.message : 'failed' };
  }
}

function portIsFree({ host, port }: ListenerConfig): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const probe = createServer();
  probe.once('error', (error: NodeJS.ErrnoException) =>
    reject(new Error(error.code === 'EADDRINUSE' ? `Port ${port} is in use, and not by a gateway` : `Port ${port}: ${error.code}`)),
  );
  probe.listen(port, host, () => probe.close(() => resolve(`${host}:${port} is free`)));
  return promise;
}

/** How many files a finding names. */
const MOST_NAMED = 10;

/** The files of a folder, and the folders of keys in it, that others than their user can read. */
function openToOthers(folder: string): readonly string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name))
    .filter((path) => (statSync(path).mode & OTHERS) !== 0);
}

const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(1)} GB`;

async function sees(witness: WitnessConfig): Promise<string> {
  const heads = await openWitness(witness).seen();
  return `${witness.file ?? witness.url} has seen ${heads.length} heads`;
}

const knows = ({ certificatesFile }: TimestampsConfig): string =>
  `${openCertificates(certificatesFile).length} certificates in ${certificatesFile}`;

/** Throws an Error that names what on the brokers breaks a promise. */
async function asSpecified(config: Config): Promise<string> {
  const standards = loadStandards(join(HOME, 'schemas'));
  const specification = topicSpecification(config, loadRulesInForce(config, standards), standards);
  const { corrected, leftAlone } = await applyTopics(specification, kafkaOptions(config), true);
  const all = [...corrected, ...leftAlone].filter(({ severity }) => severity !== 'accepted');
  const serious = all.filter(({ severity }) => severity === 'serious');
  if (serious.length === 0) return `${specification.topics.length} topics; ${all.length} differences that break no promise`;
  const named = serious.slice(0, MOST_NAMED).map(({ resource, detail }) => `${resource} ${detail}`);
  throw new Error(`${named.join('; ')}. Run "interchange topics apply"`);
}

/** The adapters that load. Throws an Error that names each standard that nobody publishes. */
async function adaptersOf(config: Config): Promise<string> {
  const standards = loadStandards(join(HOME, 'schemas'));
  const adapters = await loadAdapters(readAdapterSources(config.adapters), standards);
  const unknown = adapters.flatMap(({ id, standards: named = [] }) =>
    named.filter((name) => !standards.byName.has(name)).map((name) => `${id} names ${name}`),
  );
  if (unknown.length > 0) throw new Error(`${unknown.slice(0, MOST_NAMED).join('; ')}: no published standard has that name`);
  return adapters.map(({ id }) => id).join(', ');
}

/** Whether the keys of this machine can be used: complete, for their user only, and what one half signs the other verifies. */
async function keysAreSound({ keysFolder, atRest }: Config): Promise<string> {
  if (!hasKeys(keysFolder)) return 'will be made at the first start';
  const { seal, sealKeys, issuer } = await openKeys(keysFolder);
  if (atRest?.keys === FILES) await fileKeys(keysFolder).load([]);
  const probe = new Uint8Array(32);
  for (const { kid, privateKey, publicKey } of [seal, issuer])
    if (!(await webcrypto.subtle.verify('Ed25519', publicKey, sign(null, probe, privateKey), probe)))
      throw new Error(`What the key ${kid} signs does not verify`);
  const revoked = sealKeys.filter((key) => key.revoked !== undefined).length;
  return `${keysFolder}: ${sealKeys.length} that seal or sealed, ${revoked} revoked`;
}

function endInWords({ use, transport, since, ends, status }: Expiring): string {
  const what = `${NAMES[use]}${transport === undefined ? '' : ` (${transport})`}`;
  if (ends === undefined)
    return status === 'fail' ? `${what}: cannot be read` : `${what}: since ${since === undefined ? '?' : dayOf(since)}`;
  return `${what}: ${status === 'fail' ? 'ended' : 'until'} ${dayOf(ends)}`;
}

/** When certificates and keys end. Throws an Error that names those that have ended. */
async function ends(config: Config): Promise<string> {
  const found = await (await openExpiring(config, await loadTransports(config.transports ?? []), () => []))(Date.now());
  const ended = found.filter(({ status }) => status === 'fail');
  if (ended.length > 0) throw new Error(ended.slice(0, MOST_NAMED).map(endInWords).join('; '));
  return found.length === 0 ? 'nothing that ends' : found.map(endInWords).join('; ');
}

async function issuerAnswers({ jwksUri, issuer }: Config['auth']): Promise<string> {
  if (jwksUri === undefined) return `${issuer}, built in, for development only`;
  const set = await fetchKeys(jwksUri, new AbortController().signal)
    .then(({ text }) => readKeySet(text))
    .catch((error: Error) => error.message);
  if (typeof set === 'string') throw new Error(`The issuer cannot be asked for its keys at ${jwksUri}: ${set}`);
  if (set.size === 0) throw new Error(`The issuer publishes no key that verifies tokens at ${jwksUri}`);
  const certificates = set.ends.length === 0 ? '' : `, the certificates of their keys until ${set.ends.map(dayOf).join(', ')}`;
  return `${issuer}: ${set.size} keys at ${jwksUri}${certificates}`;
}

/** Throws an Error that says what is wrong with a gateway that runs. */
function isWell({ version, failing }: RunningGateway, url: string): string {
  if (failing.length > 0) throw new Error(`The gateway at ${url} answers, and fails: ${failing.join(', ')}`);
  return `${url} answers: version ${version}, health passes`;
}

/** A gateway at the address of this configuration works with the keys of this configuration. */
async function hasOwnKeys({ keysFolder }: Config, { keys }: RunningGateway, url: string): Promise<string> {
  if (hasKeys(keysFolder) && keys.includes((await openKeys(keysFolder)).seal.kid)) return 'the gateway has the keys of this folder';
  throw new Error(
    `The gateway at ${url} does not publish the key in ${keysFolder}. Set INTERCHANGE_DATA to its folder, or send it SIGHUP after a rotation`,
  );
}

/** A gateway that listens on all addresses can be reached on the loopback address. */
const LOOPBACK: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '::1' };

/** The address of the gateway that a configuration describes, or undefined where its port is any that is free. */
const ownAddress = ({ host, port }: Config): string | undefined => {
  if (port === 0) return undefined;
  const reached = LOOPBACK[host] ?? host;
  return `http://${reached.includes(':') ? `[${reached}]` : reached}:${port}`;
};

/** The gateway: the one that must run, or the one that would use the port of this configuration. */
async function gatewayFindings(config: Config, named: string | undefined): Promise<readonly Finding[]> {
  const configured = ownAddress(config);
  const url = named?.replace(/\/$/, '') ?? configured;
  const found = url === undefined ? 'nothing' : await lookFor(url);
  if (typeof found !== 'string' && url !== undefined)
    return [
      await look('Gateway', () => isWell(found, url)),
      ...(url === configured ? [await look('Keys of the gateway', () => hasOwnKeys(config, found, url))] : []),
    ];
  if (named !== undefined)
    return [
      await look('Gateway', () => {
        throw new Error(found === 'nothing' ? `There is no answer from ${url}` : `What answers at ${url} is not a gateway`);
      }),
    ];
  return [
    await look('Port', () => portIsFree(config)),
    ...(config.metrics === undefined ? [] : [await look('Port for metrics', () => portIsFree(config.metrics as ListenerConfig))]),
  ];
}

async function findings(values: Values, io: Io): Promise<readonly Finding[]> {
  const node = await look('Node.js', () => {
    if (Number(process.versions.node.split('.')[0]) < 24) throw new Error(`${process.versions.node} is too old: 24 is needed`);
    return process.versions.node;
  });
  let read: Config | undefined;
  const configured = await look('Configuration', () => {
    read = readConfig(io.env);
    return `${read.clients.length} clients, policy ${read.policyFile}`;
  });
  if (read === undefined) return [node, configured];
  const config = read;
  return [
    node,
    configured,
    await look('Standards and policy', () => {
      const standards = loadStandards(join(HOME, 'schemas'));
      const { labelling } = loadRulesInForce(config, standards);
      return `${standards.byName.size} standards, policy ${labelling.policy.document.id} ${labelling.policy.document.version}, ${labelling.policy.document.rules.length} rules`;
    }),
    await look('Adapters', () => adaptersOf(config)),
    await look('Data folder', async () => {
      mkdirSync(config.dataFolder, { recursive: true, mode: 0o700 });
      accessSync(config.dataFolder, constants.R_OK | constants.W_OK);
      const { free, size } = await diskOf(config.dataFolder);
      return `${config.dataFolder}: ${gigabytes(free)} of ${gigabytes(size)} free`;
    }),
    await look('Files', () => {
      const open = [...new Set([config.dataFolder, config.keysFolder])].flatMap(openToOthers);
      if (open.length === 0) return 'only their user can read them';
      throw new Error(`${open.slice(0, MOST_NAMED).join(', ')} can be read by others: chmod 600 each file, and 700 each folder of keys`);
    }),
    await look('Keys', () => keysAreSound(config)),
    await look('Certificates and keys', () => ends(config)),
    await look('Issuer', () => issuerAnswers(config.auth)),
    ...(config.witness === undefined ? [] : [await look('Witness', () => sees(config.witness as WitnessConfig))]),
    ...(config.timestamps === undefined ? [] : [await look('Timestamps', () => knows(config.timestamps as TimestampsConfig))]),
    await look('Bus', async () => {
      const bus = await openBusToRead(config);
      if (bus === undefined) return 'will be made at the first start';
      const topics = await bus.topics();
      await bus.close();
      return `${topics.length} topics`;
    }),
    ...(config.bus === 'kafka' ? [await look('Topics', () => asSpecified(config))] : []),
    ...(await gatewayFindings(config, textOf(values, 'url') ?? io.env.INTERCHANGE_URL)),
  ];
}

export const verb: Verb = {
  ...VERBS.doctor,
  run: async (values, _files, io) => {
    const found = await findings(values, io);
    if (values.json === true) io.json(found);
    else for (const { check, ok, detail } of found) io.out(`${ok ? 'ok  ' : 'FAIL'}  ${check}: ${detail}`);
    return found.every(({ ok }) => ok) ? 0 : 1;
  },
};
