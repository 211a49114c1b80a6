/** What ends, or must be replaced: certificates that the configuration names, and the keys of the deployment. */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { type Config, FILES } from '../config.ts';
import { hasKeys } from '../keys/key-files.ts';
import { atRestSince, sealSince } from '../keys/since.ts';
import type { LoadedTransport } from '../transports/kinds.ts';
import { type CertificateFile, type CertificateUse, decisiveEnd, type ExpiryStatus, endsIn, expiryStatus } from './certificates.ts';

const YEAR = 365 * 86_400_000;

/** A certificate or key. It says nothing that only the gateway may know. */
export interface Expiring {
  readonly use: CertificateUse | 'seal' | 'at-rest';
  /** The transport that uses it. */
  readonly transport?: string;
  /** Since when a key is in use, by its file. Milliseconds since 1970. */
  readonly since?: number;
  /** When it ends, or must be replaced. Milliseconds since 1970. A key that seals has no end. */
  readonly ends?: number;
  /** `fail` also where there is no certificate that can be read. */
  readonly status: ExpiryStatus;
}

interface NamedFile extends CertificateFile {
  readonly transport?: string;
}

/** The files of certificates that a configuration and its transports name. */
function filesOf({ transportsFolder, timestamps }: Config, transports: readonly LoadedTransport[]): readonly NamedFile[] {
  const ofTransports = transports.flatMap(({ config: { name, settings }, kind }) =>
    (kind.certificates?.(settings) ?? []).map((certificate) => ({
      ...certificate,
      file: resolve(transportsFolder, certificate.file),
      transport: name,
    })),
  );
  if (timestamps === undefined) return ofTransports;
  return [...ofTransports, { use: 'timestamp-authority', file: timestamps.certificatesFile, isHeld: true }];
}

/** When the certificates of a file end; undefined where it cannot be read. */
const endsOf = ({ file }: NamedFile): Promise<readonly number[] | undefined> =>
  readFile(file, 'utf8')
    .then(endsIn)
    .catch(() => undefined);

function certificateShown(
  { use, transport }: Pick<NamedFile, 'use' | 'transport'>,
  ends: readonly number[] | undefined,
  now: number,
): Expiring {
  const shown = { use, ...(transport === undefined ? {} : { transport }) };
  if (ends === undefined) return { ...shown, status: 'fail' };
  const end = decisiveEnd(use, ends, now);
  return { ...shown, ends: end, status: expiryStatus(end, now) };
}

const atRestShown = (since: number, now: number): Expiring => ({
  use: 'at-rest',
  since,
  ends: since + YEAR,
  status: expiryStatus(since + YEAR, now),
});

/** The key that seals, and the oldest of those that encrypt at rest, where they are in files. */
function keysOf({ keysFolder, atRest }: Config, now: number): readonly Expiring[] {
  if (!hasKeys(keysFolder)) return [];
  const seal = sealSince(keysFolder);
  const oldest = atRest?.keys === FILES ? atRestSince(keysFolder) : undefined;
  return [
    { use: 'seal', status: 'pass', ...(seal === undefined ? {} : { since: seal }) },
    ...(oldest === undefined ? [] : [atRestShown(oldest, now)]),
  ];
}

/** Gives what expires at a time, in milliseconds since 1970. */
export type ExpiringAt = (now: number) => Promise<readonly Expiring[]>;

/**
 * Reads what the configuration names, and returns what gives its state at a time (milliseconds since 1970): files that the gateway holds as
 * they are now, all others as they are then. `issuerEnds`: when the certificates of the issuer's keys end.
 */
export async function openExpiring(
  config: Config,
  transports: readonly LoadedTransport[],
  issuerEnds: () => readonly number[],
): Promise<ExpiringAt> {
  const files = filesOf(config, transports);
  const held = new Map<NamedFile, readonly number[] | undefined>();
  for (const file of files) if (file.isHeld) held.set(file, await endsOf(file));
  return async (now) => {
    const certificates: Expiring[] = [];
    for (const file of files) certificates.push(certificateShown(file, held.has(file) ? held.get(file) : await endsOf(file), now));
    const ofIssuer = issuerEnds();
    if (ofIssuer.length > 0) certificates.push(certificateShown({ use: 'issuer' }, ofIssuer, now));
    return [...certificates, ...keysOf(config, now)];
  };
}
