/** A running gateway, and its options. */
import type { DestinationStream } from 'pino';
import type { Config } from './config.ts';
import type { RulesInForce } from './rules/compiled-rules.ts';
import type { Standards } from './rules/standards.ts';
import type { Operation } from './transports/http/contract.ts';
import type { DevelopmentIssuer } from './transports/http/issuer.ts';
import type { OpenedTransport } from './transports/transport.ts';

export interface GatewayOptions {
  readonly config: Config;
  readonly production?: boolean;
  readonly now?: () => number;
  readonly logTo?: DestinationStream;
  /** Resets a sandbox to its first start. */
  readonly reset?: () => void;
  /** For a program that starts several gateways and has loaded them already. Default: those of the checkout. */
  readonly standards?: Standards;
  /** The same, for the operations of the contract. */
  readonly contract?: ReadonlyMap<string, Operation>;
}

export interface Gateway {
  readonly url: string;
  /** The address of metrics without a token, if the configuration has one. */
  readonly metricsUrl: string | undefined;
  /** The built-in issuer, unless another one is configured. */
  readonly issuer: DevelopmentIssuer | undefined;
  /** The transports of the configuration, by their names. */
  readonly transports: ReadonlyMap<string, OpenedTransport>;
  readonly rules: () => RulesInForce;
  readonly standards: Standards;
  /** Loads adapters, policy and clients again: all of them, or none. Rejects, and changes nothing, when something is wrong. */
  reload(config?: Config): Promise<void>;
  /** Reads the keys of seals again, after a rotation or a revocation. Rejects, and changes nothing, when they cannot be read. */
  reloadKeys(): Promise<void>;
  /** Stops accepting, finishes what was accepted, and closes everything. */
  close(): Promise<void>;
}
