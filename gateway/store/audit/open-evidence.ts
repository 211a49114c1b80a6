/** Opens the witness and the timestamp authority that the configuration names. */
import { readFileSync } from 'node:fs';
import type { Certificate } from 'pkijs';
import type { Config, WitnessConfig } from '../../config.ts';
import type { JournalOptions } from '../journal.ts';
import { readCertificates } from './timestamp-token.ts';
import type { Witness } from './witness.ts';
import { WitnessFile } from './witness-file.ts';
import { RemoteWitness } from './witness-remote.ts';

export const openWitness = ({ file, url = '', tokenFile }: WitnessConfig): Witness =>
  file === undefined ? new RemoteWitness(url, tokenFile) : new WitnessFile(file);

/** The certificates of timestamp authorities. Throws an Error that names the file. */
export function openCertificates(file: string): readonly Certificate[] {
  try {
    return readCertificates(readFileSync(file, 'utf8'));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new Error(
      `The certificates of the timestamp authority cannot be read: ${file} ${code === undefined ? 'is not PEM' : `(${code})`}`,
    );
  }
}

const SECONDS_BETWEEN_TIMESTAMPS = 3600;

/**
 * The evidence for the audit log outside the data folder: a witness, and timestamps of an authority. While the witness is unavailable, the
 * gateway continues for as long as it would without its audit log. While the authority is unavailable, it continues.
 */
export const evidenceFor = (
  { witness, timestamps, limits }: Config,
  policy: () => string,
  onFault: (fault: string, reason: string) => void,
): Pick<JournalOptions, 'witness' | 'timestamps'> => ({
  ...(witness === undefined
    ? {}
    : {
        witness: {
          witness: openWitness(witness),
          seconds: limits.auditSeconds,
          onFault: (reason) => onFault('the witness of the audit log does not take its heads', reason),
        },
      }),
  ...(timestamps === undefined
    ? {}
    : {
        timestamps: {
          authority: { url: timestamps.url, certificates: openCertificates(timestamps.certificatesFile) },
          seconds: timestamps.seconds ?? SECONDS_BETWEEN_TIMESTAMPS,
          policy,
          onFault: (reason) => onFault('the audit log gets no timestamp: the gateway goes on and asks again', reason),
        },
      }),
});
