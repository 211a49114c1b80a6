/** The published test vectors of seals. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { JWK } from 'jose';
import type { SealFault } from '../../contracts/client/seal-faults.ts';
import { HOME } from '../../gateway/config.ts';

export interface Vector {
  readonly name: string;
  readonly what: string;
  readonly verifies: boolean;
  /** Why it does not verify. */
  readonly fault?: SealFault;
  /** Where it was read from, if from the bus. */
  readonly topic?: string;
  readonly event?: object;
  /** The event as text, where its spelling matters. */
  readonly text?: string;
}

export interface Vectors {
  readonly generated: string;
  readonly keys: readonly JWK[];
  readonly vectors: readonly Vector[];
}

export const readVectors = (): Vectors => JSON.parse(readFileSync(join(HOME, 'contracts/vectors/seals.json'), 'utf8')) as Vectors;

export const textOf = ({ event, text }: Vector): string => text ?? JSON.stringify(event);
