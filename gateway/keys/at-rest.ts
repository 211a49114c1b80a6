/**
 * Keys of payload protection at rest, in files next to the other keys: one JWK (`oct`) each, `LEVEL.NUMBER.jwk.json`; the highest number
 * encrypts.
 */
import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { AtRestKey, KeyManagement } from '../bus/encrypted.ts';
import { jwkOf, keyFolder, octetsOf, readOrMake } from './key-files.ts';

const FOLDER = 'at-rest';
const NAME = /^([a-z0-9-]+)\.(\d+)\.jwk\.json$/;

interface Found {
  readonly scope: string;
  readonly number: number;
}

function found(folder: string): readonly Found[] {
  const names = existsSync(folder) ? readdirSync(folder) : [];
  return names
    .map((name) => NAME.exec(name))
    .filter((match) => match !== null)
    .map(([, scope = '', number]) => ({ scope, number: Number(number) }))
    .toSorted((a, b) => a.number - b.number);
}

function read(folder: string, { scope, number }: Found): AtRestKey {
  const kid = `${scope}.${number}`;
  const file = join(folder, `${kid}.jwk.json`);
  const make = () => JSON.stringify({ kty: 'oct', kid, alg: 'dir', k: randomBytes(32).toString('base64url') });
  return { kid, scope, secret: octetsOf(file, jwkOf(file, readOrMake(file, make))) };
}

/** Reads the keys from files, and makes a first key for each scope without one. */
export function fileKeys(keysFolder: string): KeyManagement {
  const folder = join(keysFolder, FOLDER);
  return {
    load: async (scopes) => {
      keyFolder(folder);
      const known = new Set(found(folder).map(({ scope }) => scope));
      for (const scope of scopes) if (!known.has(scope)) read(folder, { scope, number: 1 });
      return found(folder).map((id) => read(folder, id));
    },
  };
}

/** The files of the keys that encrypt now: the last one of each scope. */
export function currentAtRestFiles(keysFolder: string): readonly string[] {
  const folder = join(keysFolder, FOLDER);
  const last = new Map(found(folder).map(({ scope, number }) => [scope, number]));
  return [...last].map(([scope, number]) => join(folder, `${scope}.${number}.jwk.json`));
}

/** Makes the next key of every scope that has one. Earlier keys stay, so that their records can be read. Returns the new `kid`s. */
export function rotateAtRest(keysFolder: string): readonly string[] {
  const folder = join(keysFolder, FOLDER);
  const last = new Map(found(folder).map(({ scope, number }) => [scope, number]));
  return [...last].map(([scope, number]) => read(folder, { scope, number: number + 1 }).kid);
}
