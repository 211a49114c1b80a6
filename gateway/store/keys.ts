/** The gateway's keys, in files that only its user may read. All gateways of a deployment share them. */

import { createPrivateKey, type JsonWebKey, type KeyObject, randomBytes } from 'node:crypto';
import { existsSync, linkSync, mkdirSync, readdirSync, readFileSync, renameSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type CryptoKey, calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK, type JWK } from 'jose';

export interface KeyPair {
  readonly kid: string;
  readonly privateKey: KeyObject;
  readonly publicKey: CryptoKey;
  /** The public half, as published. */
  readonly jwk: JWK;
  readonly privateJwk: JWK;
}

/** Reads a file, or makes it: whole or not at all, mode 0600. */
export function readOrMake(file: string, make: () => string): string {
  if (!existsSync(file)) {
    const draft = `${file}.${randomBytes(6).toString('hex')}`;
    writeFileSync(draft, make(), { mode: 0o600, flag: 'wx' });
    // Two gateways may start at once: the first to link wins, and both read what it made.
    try {
      linkSync(draft, file);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    unlinkSync(draft);
  }
  return readFileSync(file, 'utf8');
}

async function pairOf(file: string): Promise<KeyPair> {
  if (!existsSync(file)) {
    const { privateKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true });
    const made = await exportJWK(privateKey);
    readOrMake(file, () => JSON.stringify(made));
  }
  const { d, ...rest } = JSON.parse(readFileSync(file, 'utf8')) as JWK;
  const kid = await calculateJwkThumbprint(rest);
  const privateKey = createPrivateKey({ key: { ...rest, ...(d === undefined ? {} : { d }) } as JsonWebKey, format: 'jwk' });
  const publicKey = (await importJWK(rest, 'EdDSA')) as CryptoKey;
  return {
    kid,
    privateKey,
    publicKey,
    privateJwk: { ...rest, ...(d === undefined ? {} : { d }) },
    jwk: { ...rest, kid, alg: 'EdDSA', use: 'sig' },
  };
}

/** A key that seals were made with, and may still verify under. */
export interface PublishedKey {
  readonly kid: string;
  readonly publicKey: CryptoKey;
  readonly jwk: JWK;
  /** When it was revoked (ISO 8601): nothing verifies under it any more. */
  readonly revoked?: string;
}

export interface Keys {
  /** 32 bytes or more under which ids and pseudonyms are made. It must outlive every event. */
  readonly secret: Uint8Array;
  readonly cursor: Uint8Array;
  /** The key that seals now. */
  readonly seal: KeyPair;
  /** It, and those before it. */
  readonly sealKeys: readonly PublishedKey[];
  /** The public key of a seal, or undefined for one that is not known or was revoked. */
  readonly trusted: (kid: string) => CryptoKey | undefined;
  /** The same, of revoked keys too: what a key signed in the audit log before it was revoked is what it was. */
  readonly everSealed: (kid: string) => CryptoKey | undefined;
  readonly issuer: KeyPair;
}

const SEAL = 'seal.jwk.json';
const RETIRED = 'retired';

async function retiredKeys(folder: string): Promise<readonly PublishedKey[]> {
  const own = join(folder, RETIRED);
  const files = existsSync(own) ? readdirSync(own).filter((name) => name.endsWith('.jwk.json')) : [];
  return Promise.all(
    files.toSorted().map(async (name) => {
      const { revoked, ...jwk } = JSON.parse(readFileSync(join(own, name), 'utf8')) as JWK & { revoked?: string };
      const publicKey = (await importJWK(jwk, 'EdDSA')) as CryptoKey;
      return { kid: jwk.kid ?? '', publicKey, jwk, ...(revoked === undefined ? {} : { revoked }) };
    }),
  );
}

/** Opens the keys in a folder; makes what is missing. */
export async function openKeys(folder: string): Promise<Keys> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const random = () => randomBytes(32).toString('base64url');
  const secret = Buffer.from(readOrMake(join(folder, 'secret'), random), 'base64url');
  const cursor = Buffer.from(readOrMake(join(folder, 'cursor'), random), 'base64url');
  const seal = await pairOf(join(folder, SEAL));
  const { kid, publicKey, jwk } = seal;
  // A rotation that was cut short has retired the key that is still in use.
  const retired = (await retiredKeys(folder)).filter((one) => one.kid !== kid);
  const sealKeys: readonly PublishedKey[] = [{ kid, publicKey, jwk }, ...retired];
  const trusted = new Map(sealKeys.filter(({ revoked }) => revoked === undefined).map((one) => [one.kid, one.publicKey]));
  const ever = new Map(sealKeys.map((one) => [one.kid, one.publicKey]));
  const issuer = await pairOf(join(folder, 'development-issuer.jwk.json'));
  return { secret, cursor, seal, sealKeys, trusted: (one) => trusted.get(one), everSealed: (one) => ever.get(one), issuer };
}

function writeWhole(file: string, text: string): void {
  const draft = `${file}.${randomBytes(6).toString('hex')}`;
  writeFileSync(draft, text, { mode: 0o600, flag: 'wx' });
  renameSync(draft, file);
}

/** Makes a new key that seals from now on. The one before stays published, so that what it sealed verifies. Returns the new `kid`. */
export async function rotateSealKey(folder: string): Promise<string> {
  const { seal } = await openKeys(folder);
  mkdirSync(join(folder, RETIRED), { recursive: true, mode: 0o700 });
  writeWhole(join(folder, RETIRED, `${seal.kid}.jwk.json`), JSON.stringify(seal.jwk));
  const { privateKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true });
  writeWhole(join(folder, SEAL), JSON.stringify(await exportJWK(privateKey)));
  return (await openKeys(folder)).seal.kid;
}

/** Revokes a key for ever: nothing that it sealed verifies any more. The one in use is rotated first. Throws an Error for a `kid` that is not known. */
export async function revokeSealKey(folder: string, kid: string, time: string): Promise<void> {
  if ((await openKeys(folder)).seal.kid === kid) await rotateSealKey(folder);
  const found = (await retiredKeys(folder)).find((one) => one.kid === kid);
  if (found === undefined) throw new Error('There is no key of that kid');
  writeWhole(join(folder, RETIRED, `${kid}.jwk.json`), JSON.stringify({ ...found.jwk, revoked: found.revoked ?? time }));
}
