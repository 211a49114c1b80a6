/** Configuration: read once, checked against a schema, frozen. The only place that looks at what the environment says. */
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { JsonObject } from '../adapters/adapter.ts';
import type { KafkaClientName } from './bus/kafka/kafka-client.ts';
import { isThisMachine } from './bus/loopback.ts';
import type { Environment } from './environment.ts';
import type { Clearance } from './labels/label.ts';
import type { ClientConfig } from './rules/clients.ts';
import { faultsOf, makeAjv } from './rules/standards.ts';

export interface Config extends ListenerConfig {
  /** The public address of the gateway, such as `https://interchange.wessex.example`, for the pages. Default: where it listens. */
  readonly publicUrl?: string;
  /** Where users find the source of the project, for the pages. */
  readonly sourceUrl?: string;
  /** Where the embedded bus, the view and the keys are. */
  readonly dataFolder: string;
  /** Where the keys are, if not in the data folder: all gateways of a deployment share them. */
  readonly keysFolder: string;
  /** This gateway's own name among those of its deployment. */
  readonly name?: string;
  /** Default: the embedded one. */
  readonly bus?: 'embedded' | 'kafka';
  readonly kafka?: KafkaConfig;
  readonly policyFile: string;
  /** Modules of third-party adapters, asked before the built-in ones. */
  readonly adapters: readonly string[];
  readonly auth: {
    readonly issuer: string;
    readonly audience: string;
    /** Public keys of the issuer. Without it, the built-in development issuer runs. */
    readonly jwksUri?: string;
    /** The longest time to use the issuer's keys after fetching them, whatever its answer allows. Default 60. */
    readonly keysSeconds?: number;
    /** The longest time between `iat` and `exp` of a token. Default 3600. */
    readonly tokenSeconds?: number;
    /** How much the issuer's clock may differ from this one. Default 5. */
    readonly clockSeconds?: number;
  };
  /** The clearance of this gateway's domain. */
  readonly domain: Clearance;
  readonly clients: readonly ClientConfig[];
  /** The number of worker threads; 0 chooses by the machine. */
  readonly workers: number;
  readonly limits: {
    readonly bodyBytes: number;
    readonly headerBytes: number;
    readonly requestsPerMinute: number;
    readonly requestSeconds: number;
    /** How long the audit log can fail before the gateway stops accepting messages. */
    readonly auditSeconds: number;
    /** How long one message may take to be translated, labelled and sealed. */
    readonly messageSeconds: number;
    /** How much memory one worker may have, in MiB. */
    readonly workerMegabytes: number;
    /** How many bytes all requests and answers may hold at once. At least four times `bodyBytes`. Default 128 MiB. */
    readonly bytesInFlight: number;
    /** How many bytes one client may send and receive in a minute. At least `bodyBytes`. Default 512 MiB. */
    readonly bytesPerMinute: number;
    /** The largest size of a page of events. A page always has at least one event. Default 4 MiB. */
    readonly pageBytes: number;
    /** How many requests of one client may run at once, without streams. Default 200. */
    readonly requestsAtOnce: number;
    /** How many streams one client may have open. Default 16. */
    readonly streams: number;
    /** How many connections may be open, and how many of one address. Default 1,000 and 400. */
    readonly connections: number;
    readonly connectionsPerAddress: number;
    /** How long a reader may stop reading its answer before the gateway closes its connection. Default 30. */
    readonly writeSeconds: number;
  };
  /** Encrypts payloads on the bus with a key of their level: `files` (next to the other keys), or a module with a KeyManagement. */
  readonly atRest?: { readonly keys: string };
  /** Stores the heads of the audit log outside the data folder. */
  readonly witness?: WitnessConfig;
  /** Adds timestamps of an authority (RFC 3161) to the audit log. */
  readonly timestamps?: TimestampsConfig;
  /**
   * Makes the gateway a sandbox: tokens for anybody, scenarios, a reset, and a number of synthetic cases from a seed. Never in production.
   */
  readonly sandbox?: { readonly cases: number; readonly seed: number };
  /** Transports other than HTTP, which is always there. */
  readonly transports?: readonly TransportConfig[];
  /** Where relative paths in the settings of transports start. Default: the folder of the configuration file. */
  readonly transportsFolder: string;
  /** Webhook delivery to subscribers. */
  readonly webhooks?: {
    /** Networks, as CIDR, that subscribers may be in besides the public ones. */
    readonly networks?: readonly string[];
    /** How long the gateway waits before each next attempt. After the last one the subscription is paused. Default: 5 seconds to 12 hours, two days in all. */
    readonly secondsBetween?: readonly number[];
    /** How long an address may take to answer, at most 10, which is the default: less than a gateway's lease. */
    readonly timeoutSeconds?: number;
  };
  /** Candidates that can be tried over the messages of this gateway. Paths are relative to the configuration file. */
  readonly shadow?: { readonly candidates: Readonly<Record<string, ShadowCandidate>> };
  /** The console for people. Without it, there is none. */
  readonly console?: ConsoleConfig;
  /** Browsers: only pages of these origins may call the gateway. */
  readonly cors?: { readonly origins: readonly string[] };
  /** A second listener that serves only `GET /metrics`, without a token, for monitoring in the operations network. */
  readonly metrics?: ListenerConfig;
  /** Where OpenTelemetry spans go (OTLP over HTTP); without it, nowhere. */
  readonly tracing?: { readonly endpoint: string };
  readonly logLevel: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'silent';
}

/** A transport: how the system of one client sends messages, and gets events. */
export interface TransportConfig {
  readonly name: string;
  /** A built-in kind, such as `folder`, or the path of a module. */
  readonly kind: string;
  /** The client that sends what arrives here, and that may subscribe to what goes out here. */
  readonly client: string;
  /** The settings of this kind. */
  readonly settings: JsonObject;
}

/** How people sign in to the console. Who they are, and what they may do, is in `clients`. */
export interface ConsoleConfig {
  /** The client of OpenID Connect that the console is. A person's access tokens have it as `client_id`. */
  readonly clientId: string;
  /** The file with the secret of that client. Without it, the client is a public one. */
  readonly clientSecretFile?: string;
  /** The provider of OpenID Connect. Without it, the built-in provider of a development gateway. */
  readonly issuer?: string;
  /** The resource that the console asks for access tokens for (RFC 8707), where the provider needs it. */
  readonly resource?: string;
  /** After how many minutes without a request a person must sign in again. Default 15. */
  readonly idleMinutes?: number;
}

/** A new policy, or new adapters, before they are put in force. */
export interface ShadowCandidate {
  readonly policyFile?: string;
  readonly adapters?: readonly string[];
}

/** An address to listen on. Port 0 takes any free port. */
export interface ListenerConfig {
  readonly host: string;
  readonly port: number;
}

/** A file on another mount, or a process on another machine (`interchange audit witness`) and the file of its token. */
export interface WitnessConfig {
  readonly file?: string;
  readonly url?: string;
  readonly tokenFile?: string;
}

/** A timestamp authority. */
export interface TimestampsConfig {
  readonly url: string;
  /** A PEM file with the root certificates of the authority, and of earlier ones. */
  readonly certificatesFile: string;
  /** How often the gateway asks for a timestamp. Default: every hour. */
  readonly seconds?: number;
}

/** The Kafka bus. */
export interface KafkaConfig {
  readonly brokers: readonly string[];
  /** What writes to Kafka. Default: KafkaJS. */
  readonly client?: KafkaClientName;
  readonly ssl?: boolean;
  readonly sasl?: {
    readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512';
    readonly username: string;
    /** The password is in a separate file. */
    readonly passwordFile: string;
  };
  /**
   * The number of partitions of each topic of events. Default 12. It must never change, because that would change the order within cases.
   */
  readonly partitions?: number;
  /** Default 3. */
  readonly replication?: number;
  /** Makes missing topics with their first record. Default: only `interchange topics apply` does. */
  readonly makeTopics?: boolean;
  /** The prefix of topic names on the brokers, for several deployments on one cluster. */
  readonly prefix?: string;
  /** How many days events are kept on their topics; streams are kept permanently. Default 365. */
  readonly retentionDays?: number;
  /** Principals of all gateways on the brokers: `interchange topics apply` gives them their grants. Default: the user name of `sasl`. */
  readonly gatewayPrincipals?: readonly string[];
  /** Principals whose grants are not changed, such as that of monitoring. */
  readonly otherPrincipals?: readonly string[];
  /** How many bytes a second each client may read from each broker. Default 10 MiB. */
  readonly readerBytesPerSecond?: number;
  /** How often the gateway checks topics and grants. Default 30 seconds. */
  readonly checkSeconds?: number;
  /** What happens to messages while Kafka does not acknowledge: refused with 503 (default), or taken into the durable spool. */
  readonly whenAway?: 'refuse' | 'spool';
  /** The largest size of the spool. Default 1 GiB. */
  readonly spoolBytes?: number;
  /** The age of the oldest record at which the spool takes no more. Default: a day. */
  readonly spoolSeconds?: number;
}

/** The value of `keys` for keys at rest in files. */
export const FILES = 'files';

/** The default limits. */
const DEFAULT_LIMITS = {
  bytesInFlight: 128 * 1024 * 1024,
  bytesPerMinute: 512 * 1024 * 1024,
  pageBytes: 4 * 1024 * 1024,
  requestsAtOnce: 200,
  streams: 16,
  connections: 1000,
  connectionsPerAddress: 400,
  writeSeconds: 30,
} as const satisfies Partial<Config['limits']>;

/** The project's own folder. */
export const HOME = resolve(dirname(fileURLToPath(import.meta.url)), '..');

export const DEVELOPMENT_CONFIG = join(HOME, 'examples', 'development.config.json');

const schema = JSON.parse(readFileSync(new URL('./config.schema.json', import.meta.url), 'utf8')) as JsonObject;

/** A configuration that cannot be used. The message names each place and reason, never a value. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

function freeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) for (const member of Object.values(Object.freeze(value))) freeze(member);
  return value;
}

/** Reads and checks a configuration. `overrides` win over the environment, the environment over the file. Throws {@link ConfigError}. */
export function readConfig(env: Environment, overrides: Partial<Config> = {}): Config {
  const named = env.INTERCHANGE_CONFIG;
  if (named === undefined && env.NODE_ENV === 'production')
    throw new ConfigError('INTERCHANGE_CONFIG must name a configuration file: the development one does not run in production');
  const file = resolve(named ?? DEVELOPMENT_CONFIG);
  let document: JsonObject;
  try {
    document = JSON.parse(readFileSync(file, 'utf8')) as JsonObject;
  } catch (error) {
    throw new ConfigError(
      `The configuration file ${file} cannot be read: ${error instanceof SyntaxError ? 'it is not JSON' : (error as NodeJS.ErrnoException).code}`,
    );
  }
  const fromEnvironment = {
    ...(env.INTERCHANGE_PORT === undefined ? {} : { port: Number(env.INTERCHANGE_PORT) }),
    ...(env.INTERCHANGE_DATA === undefined ? {} : { dataFolder: env.INTERCHANGE_DATA }),
    ...(env.INTERCHANGE_KEYS === undefined ? {} : { keysFolder: env.INTERCHANGE_KEYS }),
    ...(env.INTERCHANGE_HOST === undefined ? {} : { host: env.INTERCHANGE_HOST }),
    ...(env.INTERCHANGE_NAME === undefined ? {} : { name: env.INTERCHANGE_NAME }),
    ...(env.INTERCHANGE_BUS === undefined ? {} : { bus: env.INTERCHANGE_BUS }),
    ...metricsFrom(env, document),
    ...kafkaFrom(env, document),
    ...(env.INTERCHANGE_LOG === undefined ? {} : { logLevel: env.INTERCHANGE_LOG }),
    ...(env.INTERCHANGE_REQUESTS === undefined
      ? {}
      : { limits: { ...(document.limits as object), requestsPerMinute: Number(env.INTERCHANGE_REQUESTS) } }),
  };
  return checkConfig({ ...document, ...fromEnvironment, ...overrides }, dirname(file), env.NODE_ENV === 'production');
}

function metricsFrom({ INTERCHANGE_METRICS_HOST: host, INTERCHANGE_METRICS_PORT: port }: Environment, document: JsonObject): object {
  if (host === undefined && port === undefined) return {};
  return {
    metrics: {
      ...(document.metrics as object | undefined),
      ...(host === undefined ? {} : { host }),
      ...(port === undefined ? {} : { port: Number(port) }),
    },
  };
}

function kafkaFrom(env: Environment, document: JsonObject): object {
  const { INTERCHANGE_KAFKA_BROKERS: brokers, INTERCHANGE_KAFKA_CLIENT: client } = env;
  const { INTERCHANGE_KAFKA_REPLICATION: replication, INTERCHANGE_KAFKA_PREFIX: prefix } = env;
  if ([brokers, client, replication, prefix].every((value) => value === undefined)) return {};
  return {
    kafka: {
      ...(document.kafka as object | undefined),
      ...(brokers === undefined ? {} : { brokers: brokers.split(',') }),
      ...(client === undefined ? {} : { client }),
      ...(prefix === undefined ? {} : { prefix }),
      ...(replication === undefined ? {} : { replication: Number(replication) }),
    },
  };
}

const LOOPBACK = '127.0.0.1';
const EVERY_ADDRESS = new Set(['0.0.0.0', '::']);

/** Whether two listeners would answer at one address. */
const overlap = (a: ListenerConfig, b: ListenerConfig): boolean =>
  a.port !== 0 &&
  a.port === b.port &&
  (a.host.toLowerCase() === b.host.toLowerCase() || EVERY_ADDRESS.has(a.host) || EVERY_ADDRESS.has(b.host));

const resolveWitness = ({ file, tokenFile, ...rest }: WitnessConfig, folder: string): WitnessConfig => ({
  ...rest,
  ...(file === undefined ? {} : { file: resolve(folder, file) }),
  ...(tokenFile === undefined ? {} : { tokenFile: resolve(folder, tokenFile) }),
});

/** A kind with a slash is the path of a module. */
const resolveTransport = ({ kind, ...rest }: TransportConfig, folder: string): TransportConfig => ({
  ...rest,
  kind: kind.includes('/') ? resolve(folder, kind) : kind,
});

const resolveShadow = ({ candidates }: NonNullable<Config['shadow']>, folder: string): NonNullable<Config['shadow']> => ({
  candidates: Object.fromEntries(
    Object.entries(candidates).map(([name, { policyFile, adapters }]) => [
      name,
      {
        ...(policyFile === undefined ? {} : { policyFile: resolve(folder, policyFile) }),
        ...(adapters === undefined ? {} : { adapters: adapters.map((path) => resolve(folder, path)) }),
      },
    ]),
  ),
});

/** Whether the password of `sasl` goes over the network unencrypted. */
export const sendsPassword = ({ ssl, sasl }: KafkaConfig): boolean => sasl?.mechanism === 'plain' && ssl !== true;

const isLoopbackBroker = (address: string): boolean => isThisMachine(address.replace(/:\d+$/, ''));

/** Checks that no client shares a principal with a gateway or another principal: it would have rights beyond its clearance. */
function checkPrincipals({ sasl, gatewayPrincipals = [], otherPrincipals = [] }: KafkaConfig, clients: readonly ClientConfig[]): void {
  const ids = new Set(clients.map(({ id }) => id));
  for (const [at, names] of [
    ['sasl/username', sasl === undefined ? [] : [sasl.username]],
    ['gatewayPrincipals', gatewayPrincipals],
    ['otherPrincipals', otherPrincipals],
  ] as const)
    if (names.some((name) => ids.has(name))) throw new ConfigError(`/kafka/${at} has the id of a client`);
}

/** Checks that origins have the exact form that browsers send. Any other form would never match, without a visible reason. */
function checkOrigins(origins: readonly string[], production: boolean): void {
  for (const origin of origins) {
    if (!URL.canParse(origin) || new URL(origin).origin !== origin)
      throw new ConfigError('/cors/origins must have origins as browsers send them, such as https://front-end.example');
    if (production && !origin.startsWith('https:')) throw new ConfigError('/cors/origins must be https in production');
  }
}

function checkConsole({ console: settings, auth, clients }: Config, production: boolean): void {
  if (settings === undefined) return;
  if (settings.issuer === undefined && auth.jwksUri !== undefined)
    throw new ConfigError('/console/issuer is missing: only a development gateway has a provider of its own');
  if (production && settings.issuer?.startsWith('http:')) throw new ConfigError('/console/issuer must be https in production');
  if (clients.some(({ id }) => id === settings.clientId)) throw new ConfigError('/console/clientId is the id of a client');
}

/** Checks a configuration document; relative paths are from `folder`, except the data folder's, which is from where the command runs. */
/** The largest message on Kafka, in bytes: 16 MiB. */
const MOST_BYTES_ON_KAFKA = 16 * 1024 * 1024;

export function checkConfig(document: object, folder: string, production: boolean): Config {
  const ajv = makeAjv();
  const validate = ajv.compile(schema);
  if (!validate(document)) throw new ConfigError(`The configuration is not valid: ${faultsOf(validate.errors)}`);
  const config = document as unknown as Config;
  if (production && config.auth.jwksUri === undefined)
    throw new ConfigError('/auth/jwksUri is missing: the development issuer does not run in production');
  if (production && config.auth.jwksUri?.startsWith('http:')) throw new ConfigError('/auth/jwksUri must be https in production');
  if (production && config.witness?.url?.startsWith('http:')) throw new ConfigError('/witness/url must be https in production');
  if (production && config.sandbox !== undefined) throw new ConfigError('/sandbox is set: a sandbox does not run in production');
  if (config.bus === 'kafka' && config.kafka === undefined) throw new ConfigError('/kafka is missing: the bus is Kafka');
  checkOrigins(config.cors?.origins ?? [], production);
  const limits = { ...DEFAULT_LIMITS, ...config.limits };
  if (config.bus === 'kafka' && limits.bodyBytes > MOST_BYTES_ON_KAFKA)
    throw new ConfigError(
      `/limits/bodyBytes must be at most ${MOST_BYTES_ON_KAFKA} on Kafka: no larger record fits, encrypted and in base64`,
    );
  if (limits.bytesInFlight < 4 * limits.bodyBytes) throw new ConfigError('/limits/bytesInFlight must be at least four times bodyBytes');
  if (limits.bytesPerMinute < limits.bodyBytes) throw new ConfigError('/limits/bytesPerMinute must be at least bodyBytes');
  if (config.kafka !== undefined && sendsPassword(config.kafka) && !config.kafka.brokers.every(isLoopbackBroker))
    throw new ConfigError('/kafka/ssl must be true: SASL PLAIN sends the password as it is, and not all brokers are on this machine');
  if (config.kafka?.client === '@platformatic/kafka' && sendsPassword(config.kafka))
    throw new ConfigError(
      '/kafka/ssl must be true: SASL PLAIN sends the password as it is, and this client cannot keep to brokers on this machine',
    );
  if (config.kafka !== undefined) checkPrincipals(config.kafka, config.clients);
  const metrics = config.metrics === undefined ? undefined : { ...config.metrics, host: config.metrics.host ?? LOOPBACK };
  if (metrics !== undefined && overlap(metrics, config))
    throw new ConfigError('/metrics has the host and port of the gateway: metrics need an address of their own');
  checkConsole(config, production);
  return freeze({
    ...config,
    transportsFolder: resolve(folder, config.transportsFolder ?? '.'),
    limits,
    ...(metrics === undefined ? {} : { metrics }),
    workers: config.workers === 0 ? Math.max(2, Math.min(4, availableParallelism() - 1)) : config.workers,
    dataFolder: resolve(config.dataFolder),
    keysFolder: resolve(config.keysFolder ?? join(config.dataFolder, 'keys')),
    ...(config.kafka?.sasl === undefined
      ? {}
      : { kafka: { ...config.kafka, sasl: { ...config.kafka.sasl, passwordFile: resolve(folder, config.kafka.sasl.passwordFile) } } }),
    ...(config.witness === undefined ? {} : { witness: resolveWitness(config.witness, folder) }),
    ...(config.console?.clientSecretFile === undefined
      ? {}
      : { console: { ...config.console, clientSecretFile: resolve(folder, config.console.clientSecretFile) } }),
    ...(config.timestamps === undefined
      ? {}
      : { timestamps: { ...config.timestamps, certificatesFile: resolve(folder, config.timestamps.certificatesFile) } }),
    policyFile: resolve(folder, config.policyFile),
    adapters: config.adapters.map((path) => resolve(folder, path)),
    ...(config.shadow === undefined ? {} : { shadow: resolveShadow(config.shadow, folder) }),
    ...(config.transports === undefined ? {} : { transports: config.transports.map((transport) => resolveTransport(transport, folder)) }),
    ...(config.atRest === undefined || config.atRest.keys === FILES ? {} : { atRest: { keys: resolve(folder, config.atRest.keys) } }),
  });
}
