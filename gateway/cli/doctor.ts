/** `interchange doctor`: would a gateway start here, and if not, why. */
import { accessSync, constants, existsSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { loadAdapters, readAdapterSources } from '../adapters.ts';
import { applyTopics } from '../bus/kafka/topics.ts';
import { kafkaOptions, openBusToRead } from '../buses.ts';
import { type Config, FILES, HOME, type ListenerConfig, readConfig, type TimestampsConfig, type WitnessConfig } from '../config.ts';
import { fileKeys } from '../keys/at-rest.ts';
import { OTHERS } from '../keys/key-files.ts';
import { openKeys } from '../keys/keys.ts';
import { loadRulesInForce } from '../rules/rules-in-force.ts';
import { loadStandards } from '../rules/standards.ts';
import { openCertificates, openWitness } from '../store/audit/open-evidence.ts';
import { topicSpecification } from '../topics.ts';
import type { Io, Verb } from './verb.ts';

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
    reject(
      new Error(error.code === 'EADDRINUSE' ? `Port ${port} is in use: perhaps a gateway runs already` : `Port ${port}: ${error.code}`),
    ),
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

async function findings(io: Io): Promise<readonly Finding[]> {
  const node = await look('Node.js', () => {
    if (Number(process.versions.node.split('.')[0]) < 24) throw new Error(`${process.versions.node} is too old: 24 is needed`);
    return process.versions.node;
  });
  let config: Config | undefined;
  const configured = await look('Configuration', () => {
    config = readConfig(io.env);
    return `${config.clients.length} clients, policy ${config.policyFile}`;
  });
  if (config === undefined) return [node, configured];
  const own = config;
  return [
    node,
    configured,
    await look('Standards and policy', () => {
      const standards = loadStandards(join(HOME, 'schemas'));
      const { labelling } = loadRulesInForce(own, standards);
      return `${standards.byName.size} standards, policy ${labelling.policy.document.id} ${labelling.policy.document.version}, ${labelling.policy.document.rules.length} rules`;
    }),
    await look('Adapters', async () =>
      (await loadAdapters(readAdapterSources(own.adapters), loadStandards(join(HOME, 'schemas')))).map(({ id }) => id).join(', '),
    ),
    await look('Data folder', () => {
      mkdirSync(own.dataFolder, { recursive: true, mode: 0o700 });
      accessSync(own.dataFolder, constants.R_OK | constants.W_OK);
      return own.dataFolder;
    }),
    await look('Files', () => {
      const open = [...new Set([own.dataFolder, own.keysFolder])].flatMap(openToOthers);
      if (open.length === 0) return 'only their user can read them';
      throw new Error(`${open.slice(0, MOST_NAMED).join(', ')} can be read by others: chmod 600 each file, and 700 each folder of keys`);
    }),
    await look('Keys', async () => {
      const folder = own.keysFolder;
      if (!existsSync(folder)) return 'will be made at the first start';
      await openKeys(folder);
      if (own.atRest?.keys === FILES) await fileKeys(folder).load([]);
      return folder;
    }),
    ...(own.witness === undefined ? [] : [await look('Witness', () => sees(own.witness as WitnessConfig))]),
    ...(own.timestamps === undefined ? [] : [await look('Timestamps', () => knows(own.timestamps as TimestampsConfig))]),
    await look('Bus', async () => {
      const bus = await openBusToRead(own);
      if (bus === undefined) return 'will be made at the first start';
      const topics = await bus.topics();
      await bus.close();
      return `${topics.length} topics`;
    }),
    ...(own.bus === 'kafka' ? [await look('Topics', () => asSpecified(own))] : []),
    await look('Port', () => portIsFree(own)),
    ...(own.metrics === undefined ? [] : [await look('Port for metrics', () => portIsFree(own.metrics as ListenerConfig))]),
  ];
}

export const verb: Verb = {
  name: 'doctor',
  summary: 'checks whether a gateway would start here, and says why not',
  usage: '',
  example: 'interchange doctor',
  options: {},
  run: async (values, _files, io) => {
    const found = await findings(io);
    if (values.json === true) io.json(found);
    else for (const { check, ok, detail } of found) io.out(`${ok ? 'ok  ' : 'FAIL'}  ${check}: ${detail}`);
    return found.every(({ ok }) => ok) ? 0 : 1;
  },
};
