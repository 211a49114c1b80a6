/** How the command line says why something is refused. */
import type { Refusal } from '../../adapters/adapter.ts';

/** A refusal with its place, in one line. */
export const refusalLine = ({ code, reason, at, line }: Refusal): string =>
  `${code}: ${reason}${line === undefined ? '' : `, line ${line}`}${at === undefined ? '' : `, at ${at}`}`;
