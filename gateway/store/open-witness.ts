/** Opens the witness that the configuration names. */
import type { Config, WitnessConfig } from '../config.ts';
import type { JournalOptions } from './journal.ts';
import type { Witness } from './witness.ts';
import { WitnessFile } from './witness-file.ts';
import { RemoteWitness } from './witness-remote.ts';

export const openWitness = ({ file, url = '', tokenFile }: WitnessConfig): Witness =>
  file === undefined ? new RemoteWitness(url, tokenFile) : new WitnessFile(file);

/** The witness of a journal, if there is one. While it is away the gateway goes on for as long as without its audit log. */
export const witnessFor = ({ witness, limits }: Config, onFault: (reason: string) => void): Pick<JournalOptions, 'witness'> =>
  witness === undefined ? {} : { witness: { witness: openWitness(witness), seconds: limits.auditSeconds, onFault } };
