/** Whose a request is: by its client certificate, or by its token. */
import type { IncomingMessage } from 'node:http';
import type { PeerCertificate, TLSSocket } from 'node:tls';
import type { TransportContext } from '../transport.ts';
import { SoapFault } from './fault.ts';
import type { SoapTls } from './settings.ts';

/** The scopes of a request. Rejects with {@link SoapFault} for one that is not of the client. */
export type Authenticate = (request: IncomingMessage) => Promise<ReadonlySet<string>>;

const plain = (fingerprint: string): string => fingerprint.replaceAll(':', '').toUpperCase();

type NamedBy = Pick<SoapTls, 'clientFingerprints' | 'clientSubject'>;

/** Whether a certificate is of the client: everything that the settings say of it must hold. */
export function isOfClient({ clientFingerprints, clientSubject }: NamedBy, certificate: Partial<PeerCertificate>): boolean {
  const { fingerprint256 = '', subject } = certificate;
  const parts = (subject ?? {}) as Readonly<Partial<Record<string, string | readonly string[]>>>;
  const isFingerprint = clientFingerprints?.some((clientFingerprint) => plain(clientFingerprint) === plain(fingerprint256)) ?? true;
  // A part that is there more than once is an array, and so equals nothing.
  const isSubject = Object.entries(clientSubject ?? {}).every(([part, value]) => Object.hasOwn(parts, part) && parts[part] === value);
  return (clientFingerprints !== undefined || clientSubject !== undefined) && isFingerprint && isSubject;
}

function byCertificate(tls: SoapTls, rights: TransportContext['rights']): Authenticate {
  return async ({ socket }) => {
    const { authorized, getPeerCertificate } = socket as TLSSocket;
    if (authorized !== true) throw new SoapFault('not-authenticated');
    if (!isOfClient(tls, getPeerCertificate.call(socket))) throw new SoapFault('not-allowed');
    return rights();
  };
}

function byToken(tokenRights: TransportContext['tokenRights']): Authenticate {
  return async ({ headers: { authorization } }) => {
    const rights = await tokenRights(authorization).catch((error: unknown) => {
      if ((error as Error).name === 'IssuerUnavailable') throw new SoapFault('unavailable');
      throw error;
    });
    if (rights === 'unknown') throw new SoapFault('not-authenticated');
    if (rights === 'another') throw new SoapFault('not-allowed');
    return rights;
  };
}

export const makeAuthenticate = (tls: SoapTls | undefined, { rights, tokenRights }: TransportContext): Authenticate =>
  tls?.clientCaFile === undefined ? byToken(tokenRights) : byCertificate(tls, rights);
