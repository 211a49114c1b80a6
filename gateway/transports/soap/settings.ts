/** What the configuration says of a SOAP transport. */
import type { JsonObject } from '../../../adapters/adapter.ts';
import { ABOUT_PROPERTIES, type AboutSettings } from '../about.ts';
import type { ServiceName } from './services.ts';

export interface SoapSettings extends Pick<AboutSettings, 'adapter' | 'label'> {
  /** Where it listens. Default 127.0.0.1. */
  readonly host?: string;
  /** Port 0 takes any free port. */
  readonly port: number;
  /** The address that clients use, for the WSDL. Default: where it listens. */
  readonly publicUrl?: string;
  /** The path of each service that it has. */
  readonly services: Readonly<Partial<Record<ServiceName, string>>>;
  readonly tls?: SoapTls;
  /** The folder of the messages that wait to be retrieved. */
  readonly outbox?: string;
  /** How long a message stays there after it was retrieved. Default 30. */
  readonly keepDays?: number;
  /** The response codes of CJSE that the client expects. */
  readonly responseCodes?: ResponseCodes;
}

export interface ResponseCodes {
  readonly accepted: number;
  readonly refused: number;
}

/** Files in PEM. With `clientCaFile`, requests must come with a certificate of that authority that names the client. */
export interface SoapTls {
  readonly certificateFile: string;
  readonly keyFile: string;
  readonly clientCaFile?: string;
  /** SHA-256 fingerprints of the client's certificates. */
  readonly clientFingerprints?: readonly string[];
  /** Parts of the subject of the client's certificate, such as `CN`. Each must be as here. */
  readonly clientSubject?: Readonly<Record<string, string>>;
}

const text = (description: string): JsonObject => ({ type: 'string', minLength: 1, description });
const path = (description: string): JsonObject => ({ type: 'string', pattern: '^/[A-Za-z0-9._~/-]*$', description });
const integer = (minimum: number, maximum: number, description: string): JsonObject => ({ type: 'integer', minimum, maximum, description });
const responseCode = (description: string): JsonObject => integer(-2_147_483_648, 2_147_483_647, description);

export const SETTINGS_SCHEMA: JsonObject = {
  type: 'object',
  unevaluatedProperties: false,
  required: ['port', 'services'],
  properties: {
    adapter: ABOUT_PROPERTIES.adapter as JsonObject,
    label: ABOUT_PROPERTIES.label as JsonObject,
    host: text('Where it listens. Default: 127.0.0.1'),
    port: integer(0, 65_535, 'The port. 0 takes any free port'),
    publicUrl: { type: 'string', pattern: '^https?://[^\\s/?#]+$', description: 'The address that clients use, for the WSDL' },
    services: {
      type: 'object',
      minProperties: 1,
      unevaluatedProperties: false,
      description: 'The path of each service',
      properties: {
        cjse: path('The CJSE endpoint: submit and retrieve'),
        'court-lists': path('Court lists of Libra and XHIBIT, in SOAP 1.2 with WS-Addressing'),
        darts: path('The operations of DARTS that carry lists and what happens in cases'),
      },
    },
    tls: {
      type: 'object',
      unevaluatedProperties: false,
      required: ['certificateFile', 'keyFile'],
      dependentRequired: { clientFingerprints: ['clientCaFile'], clientSubject: ['clientCaFile'] },
      if: { type: 'object', properties: { clientCaFile: true }, required: ['clientCaFile'] },
      // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
      then: {
        type: 'object',
        anyOf: [
          { properties: { clientFingerprints: true }, required: ['clientFingerprints'] },
          { properties: { clientSubject: true }, required: ['clientSubject'] },
        ],
      },
      properties: {
        certificateFile: text('The certificate of the gateway, and those between it and its authority (PEM)'),
        keyFile: text('The key of that certificate (PEM)'),
        clientCaFile: text('The authorities of client certificates (PEM). With it, each request needs a certificate'),
        clientFingerprints: {
          type: 'array',
          minItems: 1,
          items: { type: 'string', pattern: '^[0-9A-Fa-f]{2}(:?[0-9A-Fa-f]{2}){31}$' },
          description: 'SHA-256 fingerprints of the certificates of the client',
        },
        clientSubject: {
          type: 'object',
          minProperties: 1,
          propertyNames: { enum: ['C', 'ST', 'L', 'O', 'OU', 'CN', 'serialNumber'] },
          additionalProperties: { type: 'string', minLength: 1 },
          description: 'Parts of the subject of the client certificate. Each must be as here',
        },
      },
    },
    outbox: text('The folder of the messages that wait to be retrieved'),
    keepDays: integer(1, 3650, 'How many days a message stays there after it was retrieved. Default: 30'),
    responseCodes: {
      type: 'object',
      unevaluatedProperties: false,
      required: ['accepted', 'refused'],
      description: 'The response codes of CJSE that the client expects. Default: 202 and 422',
      properties: {
        accepted: responseCode('All of the message is accepted'),
        refused: responseCode('The message, or a part of it, is in quarantine'),
      },
    },
  },
};
