/** The settings of an SFTP transport. */
import type { JsonObject } from '../../../adapters/adapter.ts';
import { ABOUT_PROPERTIES, type AboutSettings } from '../about.ts';
import { HOST_KEY_PATTERN } from './host-key.ts';

/** Where the server is, and how it and the gateway know each other. */
export interface ServerSettings {
  readonly host: string;
  /** Default 22. */
  readonly port?: number;
  readonly user: string;
  /** The keys that the server may show: fingerprints or public keys. */
  readonly hostKeys: readonly string[];
  /** A private key in the form of OpenSSH or PEM, without a passphrase. Either this or a password. */
  readonly keyFile?: string;
  readonly passwordFile?: string;
  /** How long connecting, each request and each file may take. Default 60. */
  readonly timeoutSeconds?: number;
}

export interface SftpSettings extends ServerSettings, AboutSettings {
  /** Where messages are put. At least one of the two folders is there. */
  readonly inbox?: string;
  /** Where events are written to. */
  readonly outbox?: string;
  /** Where files are moved to when they were taken. Without it they stay in the inbox under another name. */
  readonly doneFolder?: string;
  /** What becomes of a file whose message was accepted. Default `rename`. */
  readonly whenAccepted?: 'rename' | 'delete';
  /** How often the inbox is looked at. Default 5. */
  readonly pollSeconds?: number;
  /** A file is taken when it has not changed for this many seconds. Default 5. */
  readonly stableSeconds?: number;
}

const farFolder = (description: string): JsonObject => ({
  type: 'string',
  minLength: 1,
  maxLength: 1000,
  pattern: '^[^\\u0000-\\u001f\\u007f]+$',
  description,
});
const seconds = (minimum: number, description: string): JsonObject => ({ type: 'number', minimum, maximum: 3600, description });
const file = (description: string): JsonObject => ({ type: 'string', minLength: 1, description });

export const SFTP_SCHEMA: JsonObject = {
  type: 'object',
  unevaluatedProperties: false,
  required: ['host', 'user', 'hostKeys'],
  allOf: [
    {
      anyOf: [
        { required: ['inbox'], properties: { inbox: true } },
        { required: ['outbox'], properties: { outbox: true } },
      ],
    },
    {
      oneOf: [
        { required: ['keyFile'], properties: { keyFile: true } },
        { required: ['passwordFile'], properties: { passwordFile: true } },
      ],
    },
  ],
  dependentRequired: { doneFolder: ['inbox'], whenAccepted: ['inbox'] },
  properties: {
    ...ABOUT_PROPERTIES,
    host: { type: 'string', pattern: '^[A-Za-z0-9.:_-]{1,253}$', description: 'The name or address of the server' },
    port: { type: 'integer', minimum: 1, maximum: 65535, description: 'Default: 22' },
    user: { type: 'string', minLength: 1, maxLength: 200, description: 'The account of the gateway on the server' },
    hostKeys: {
      type: 'array',
      minItems: 1,
      maxItems: 5,
      items: { type: 'string', maxLength: 3000, pattern: HOST_KEY_PATTERN },
      description: 'The keys that the server may show: SHA-256 fingerprints or public keys. No other server is talked to',
    },
    keyFile: file('The private key of the account, without a passphrase. Relative to the configuration file'),
    passwordFile: file('The password of the account. Relative to the configuration file'),
    inbox: farFolder('Where messages are put'),
    outbox: farFolder('Where events are written to'),
    doneFolder: farFolder('Where files are moved to when they were taken. Default: they stay in the inbox under another name'),
    whenAccepted: { enum: ['rename', 'delete'], description: 'What becomes of a file whose message was accepted. Default: rename' },
    pollSeconds: seconds(0.01, 'How often the inbox is looked at. Default: 5'),
    stableSeconds: seconds(0, 'A file is taken when it has not changed for this many seconds. Default: 5'),
    timeoutSeconds: seconds(1, 'How long connecting, each request and each file may take. Default: 60'),
  },
};
