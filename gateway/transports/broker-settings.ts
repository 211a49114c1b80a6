/** How a transport reaches the broker of a queue, and with what it proves who it is. */
import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { resolve } from 'node:path';
import type { ConnectionOptions } from 'node:tls';
import type { JsonObject } from '../../adapters/adapter.ts';
import { isThisMachine } from '../bus/loopback.ts';
import type { CertificateFile } from '../upkeep/certificates.ts';
import { TransportFault } from './repeat.ts';
import type { TransportContext } from './transport.ts';

export interface TlsSettings {
  /** A PEM file of the authorities that may certify the broker. Default: those of Node. */
  readonly authoritiesFile?: string;
  /** The gateway's own certificate, where the broker asks for one. */
  readonly certificateFile?: string;
  readonly keyFile?: string;
  /** The name in the certificate of the broker. Default: the host. */
  readonly serverName?: string;
}

export interface BrokerSettings {
  readonly host: string;
  readonly port?: number;
  readonly tls?: TlsSettings;
  readonly user?: string;
  readonly passwordFile?: string;
  readonly virtualHost?: string;
  /** How long the broker may take for an answer. Default 10. */
  readonly timeoutSeconds?: number;
  /** A broker that is silent for longer than twice this time is gone. Default 10. */
  readonly heartbeatSeconds?: number;
}

/** The properties of {@link BrokerSettings} in the JSON Schema of a transport's settings. */
export const BROKER_PROPERTIES: JsonObject = {
  host: { type: 'string', minLength: 1, maxLength: 255, description: 'The host of the broker' },
  port: { type: 'integer', minimum: 1, maximum: 65_535, description: 'The port of the broker. Default: the usual one' },
  tls: {
    type: 'object',
    additionalProperties: false,
    dependentRequired: { certificateFile: ['keyFile'], keyFile: ['certificateFile'] },
    description: 'Connects with TLS, and checks the certificate of the broker. Only a broker on the same machine can do without',
    properties: {
      authoritiesFile: { type: 'string', minLength: 1, description: 'A PEM file of the authorities that may certify the broker' },
      certificateFile: { type: 'string', minLength: 1, description: 'A PEM file of the certificate of the gateway' },
      keyFile: { type: 'string', minLength: 1, description: 'A PEM file of the key of this certificate' },
      serverName: { type: 'string', minLength: 1, description: 'The name in the certificate of the broker. Default: the host' },
    },
  },
  user: { type: 'string', minLength: 1, maxLength: 255, description: 'The user of the broker that the gateway is' },
  passwordFile: { type: 'string', minLength: 1, description: 'A file with the password of this user' },
  virtualHost: { type: 'string', minLength: 1, maxLength: 255, description: 'The virtual host, where the broker has several' },
  timeoutSeconds: {
    type: 'number',
    minimum: 0.1,
    maximum: 600,
    description: 'How long the broker may take for an answer. Default: 10',
  },
  heartbeatSeconds: {
    type: 'number',
    minimum: 0.5,
    maximum: 600,
    description: 'A broker that is silent for longer than twice this time is gone. Default: 10',
  },
};

/** A broker, with all that its connection needs. */
export interface Broker {
  readonly host: string;
  readonly port: number;
  readonly tls?: ConnectionOptions;
  readonly virtualHost?: string;
  readonly user?: string;
  readonly password?: string;
  readonly timeoutMilliseconds: number;
  readonly heartbeatMilliseconds: number;
}

/** The content of a file of the settings. */
function readSecret(context: Pick<TransportContext, 'baseFolder'>, what: string, file: string): string {
  try {
    return readFileSync(resolve(context.baseFolder, file), 'utf8');
  } catch {
    throw new TransportFault(`The ${what} cannot be read`);
  }
}

/** Reads the files that the settings name. Throws {@link TransportFault} where one is missing, or where the network could read what is sent. */
export function readBroker(
  settings: BrokerSettings,
  context: Pick<TransportContext, 'baseFolder' | 'isDevelopment'>,
  ports: { readonly plain: number; readonly tls: number },
): Broker {
  const { host, tls, user, passwordFile, virtualHost, timeoutSeconds = 10, heartbeatSeconds = 10 } = settings;
  if (tls === undefined && !isThisMachine(host) && !context.isDevelopment)
    throw new TransportFault('The broker is on another machine: set tls. Without it, others could read the password and the messages');
  if (user === undefined && passwordFile !== undefined) throw new TransportFault('passwordFile needs user');
  const password = passwordFile === undefined ? undefined : readSecret(context, 'password file', passwordFile).trim();
  if (password === '') throw new TransportFault('The password file is empty');
  return {
    host,
    port: settings.port ?? (tls === undefined ? ports.plain : ports.tls),
    timeoutMilliseconds: timeoutSeconds * 1000,
    heartbeatMilliseconds: heartbeatSeconds * 1000,
    ...(tls === undefined ? {} : { tls: tlsOf(tls, host, context) }),
    ...(virtualHost === undefined ? {} : { virtualHost }),
    ...(user === undefined ? {} : { user }),
    ...(password === undefined ? {} : { password }),
  };
}

/** The files of certificates that the settings name. They are read for each connection. */
export function certificatesOf({ tls }: BrokerSettings): readonly CertificateFile[] {
  const { authoritiesFile, certificateFile } = tls ?? {};
  return [
    ...(certificateFile === undefined ? [] : [{ use: 'client', file: certificateFile, isHeld: false } as const]),
    ...(authoritiesFile === undefined ? [] : [{ use: 'broker-authority', file: authoritiesFile, isHeld: false } as const]),
  ];
}

function tlsOf(settings: TlsSettings, host: string, context: Pick<TransportContext, 'baseFolder'>): ConnectionOptions {
  const { authoritiesFile, certificateFile, keyFile, serverName = host } = settings;
  return {
    minVersion: 'TLSv1.2',
    rejectUnauthorized: true,
    // An address cannot be named in the handshake: Node compares it with the certificate all the same.
    ...(isIP(serverName) === 0 ? { servername: serverName } : {}),
    ...(authoritiesFile === undefined ? {} : { ca: readSecret(context, 'file of authorities', authoritiesFile) }),
    ...(certificateFile === undefined ? {} : { cert: readSecret(context, 'certificate file', certificateFile) }),
    ...(keyFile === undefined ? {} : { key: readSecret(context, 'key file', keyFile) }),
  };
}
