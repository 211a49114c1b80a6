/** How the command line says why something is refused. */
import type { Refusal } from '../../adapters/adapter.ts';

/** A refusal, also one that a gateway of another version tells. */
export type StatedRefusal = Omit<Refusal, 'code'> & { readonly code: string };

/** A refusal with its place, in one line. */
export const refusalLine = ({ code, reason, at, line, column }: StatedRefusal): string =>
  `${code}: ${reason}${line === undefined ? '' : `, line ${line}`}${column === undefined ? '' : `, column ${column}`}${at === undefined ? '' : `, at ${at}`}`;
