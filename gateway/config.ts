/** Configuration: read once, checked against a schema, frozen. The only place that looks at the environment. */
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { JsonObject } from '../adapters/adapter.ts';
import type { ClientConfig } from './exchange/client.ts';
import type { Clearance } from './labels/label.ts';
import { makeAjv } from './standards.ts';

export interface Config {
  readonly host: string;
  readonly port: number;
  /** Where the embedded bus, the view and the keys are. */
  readonly dataFolder: string;
  readonly policyFile: string;
  /** Modules of third-party adapters, asked before the built-in ones. */
  readonly adapters: readonly string[];
  readonly auth: {
    readonly issuer: string;
    readonly audience: string;
    /** Public keys of the issuer. Without it, the built-in development issuer runs. */
    readonly jwksUri?: string;
  };
  /** What this gateway's own domain may hold. */
  readonly domain: Clearance;
  readonly clients: readonly ClientConfig[];
  /** Threads that messages are translated on; 0 chooses by the machine. */
  readonly workers: number;
  readonly limits: {
    readonly bodyBytes: number;
    readonly headerBytes: number;
    readonly requestsPerMinute: number;
    readonly requestSeconds: number;
    /** Accepting stops when the audit log could not be written for so long. */
    readonly auditSeconds: number;
    /** How long one message may take to be translated, labelled and sealed. */
    readonly messageSeconds: number;
    /** How much memory one worker may have, in MiB. */
    readonly workerMegabytes: number;
  };
  readonly logLevel: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'silent';
}

/** The project's own folder. */
export const HOME = resolve(dirname(fileURLToPath(import.meta.url)), '..');

export const DEVELOPMENT_CONFIG = join(HOME, 'examples', 'development.config.json');

/** What stands in the environment, read once. */
export interface Environment {
  readonly NODE_ENV?: string;
  readonly INTERCHANGE_CONFIG?: string;
  readonly INTERCHANGE_PORT?: string;
  readonly INTERCHANGE_DATA?: string;
  readonly INTERCHANGE_LOG?: string;
  readonly INTERCHANGE_REQUESTS?: string;
  readonly INTERCHANGE_URL?: string;
  readonly INTERCHANGE_TOKEN?: string;
}

export const environment = (): Environment => ({ ...process.env }) as Environment;

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
    ...(env.INTERCHANGE_LOG === undefined ? {} : { logLevel: env.INTERCHANGE_LOG }),
    ...(env.INTERCHANGE_REQUESTS === undefined
      ? {}
      : { limits: { ...(document.limits as object), requestsPerMinute: Number(env.INTERCHANGE_REQUESTS) } }),
  };
  return checkConfig({ ...document, ...fromEnvironment, ...overrides }, dirname(file), env.NODE_ENV === 'production');
}

/** Checks a configuration document; relative paths are from `folder`, except the data folder's, which is from where the command runs. */
export function checkConfig(document: object, folder: string, production: boolean): Config {
  const ajv = makeAjv();
  const validate = ajv.compile(schema);
  if (!validate(document)) {
    const places = (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath || '/'} ${message}`);
    throw new ConfigError(`The configuration is not valid: ${[...new Set(places)].slice(0, 5).join('; ')}`);
  }
  const config = document as unknown as Config;
  if (production && config.auth.jwksUri === undefined)
    throw new ConfigError('/auth/jwksUri is missing: the development issuer does not run in production');
  if (production && config.auth.jwksUri?.startsWith('http:')) throw new ConfigError('/auth/jwksUri must be https in production');
  return freeze({
    ...config,
    workers: config.workers === 0 ? Math.max(1, Math.min(4, availableParallelism() - 1)) : config.workers,
    dataFolder: resolve(config.dataFolder),
    policyFile: resolve(folder, config.policyFile),
    adapters: config.adapters.map((path) => resolve(folder, path)),
  });
}
