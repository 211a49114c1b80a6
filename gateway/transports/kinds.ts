/** Loads the transports of a configuration: the built-in kinds, and modules of third parties. */
import { pathToFileURL } from 'node:url';
import type { JsonObject } from '../../adapters/adapter.ts';
import type { TransportConfig } from '../config.ts';
import { kindOfFault } from '../kind-of-fault.ts';
import { faultsOf, makeAjv } from '../rules/standards.ts';
import { amqp } from './amqp/index.ts';
import { folder } from './folder/index.ts';
import { sftp } from './sftp/index.ts';
import { soap } from './soap/index.ts';
import { stomp } from './stomp/index.ts';
import type { TransportKind } from './transport.ts';

/** A transport of the configuration, with its kind. Its settings are valid. */
export interface LoadedTransport {
  readonly config: TransportConfig;
  readonly kind: TransportKind;
}

/** The transports of a configuration cannot be used. The message names each place and reason, never a value. */
export class TransportError extends Error {
  override readonly name = 'TransportError';
}

/** The kinds that the gateway has. */
export const KINDS: readonly TransportKind<never>[] = [folder, sftp, amqp, stomp, soap];

async function kindOf({ name, kind }: TransportConfig): Promise<TransportKind> {
  const builtIn = KINDS.find((known) => known.kind === kind);
  if (builtIn !== undefined) return builtIn as TransportKind;
  if (!kind.includes('/'))
    throw new TransportError(`The transport ${name} has an unknown kind. Known kinds: ${KINDS.map((known) => known.kind).join(', ')}`);
  const module = (await import(pathToFileURL(kind).href).catch((error: unknown) => {
    throw new TransportError(`The module of the transport ${name} cannot be loaded: ${kindOfFault(error)}`);
  })) as { readonly default?: Partial<TransportKind> };
  const loaded = module.default;
  if (typeof loaded?.open !== 'function' || typeof loaded.schema !== 'object' || typeof loaded.kind !== 'string')
    throw new TransportError(`The module of the transport ${name} has no transport as its default export`);
  return loaded as TransportKind;
}

/** Loads the transports, and checks their settings by the schemas of their kinds. Throws {@link TransportError}. */
export async function loadTransports(configs: readonly TransportConfig[]): Promise<readonly LoadedTransport[]> {
  const names = configs.map(({ name }) => name);
  const repeated = names.find((name, n) => names.indexOf(name) !== n);
  if (repeated !== undefined) throw new TransportError(`Two transports have the name ${repeated}`);
  const loaded: LoadedTransport[] = [];
  for (const config of configs) {
    const kind = await kindOf(config);
    const ajv = makeAjv();
    if (!ajv.validate(kind.schema satisfies JsonObject, config.settings))
      throw new TransportError(`The settings of the transport ${config.name} are not valid: ${faultsOf(ajv.errors)}`);
    loaded.push({ config, kind });
  }
  return loaded;
}
