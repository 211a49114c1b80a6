/** The gateway's keys, in files that only its user may read. All gateways of a deployment share them. */

import { createHmac, createPrivateKey, type JsonWebKey, type KeyObject, randomBytes } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type CryptoKey, calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK, type JWK } from 'jose';
import { checkEd25519, jwkOf, KeyFileError, keyFolder, readKeyFile, readOrMake, secretOf, writeKeyFile } from './key-files.ts';

export interface KeyPair {
  readonly kid: string;
  readonly privateKey: KeyObject;
  readonly publicKey: CryptoKey;
  /** The public half, as published. */
  readonly jwk: JWK;
  readonly privateJwk: JWK;
}

async function pairOf(file: string): Promise<KeyPair> {
  if (!existsSync(file)) {
    const { privateKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true });
    const made = await exportJWK(privateKey);
    readOrMake(file, () => JSON.stringify(made));
  }
  const found = jwkOf(file, readKeyFile(file));
  checkEd25519(file, found, true);
  const { d, ...rest } = found as unknown as JWK;
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

/** A public key that made seals, and may still verify them. */
export interface PublishedKey {
  readonly kid: string;
  readonly publicKey: CryptoKey;
  readonly jwk: JWK;
  /** When it was revoked (ISO 8601): its seals no longer verify. */
  readonly revoked?: string;
}

export interface Keys {
  /** The secret for ids and pseudonyms, 32 bytes or more. It must be kept as long as any event. */
  readonly secret: Uint8Array;
  /** A name of the secret that does not reveal it. Signed heads of the audit log contain it, so that another secret is noticed. */
  readonly secretName: string;
  readonly cursor: Uint8Array;
  /** The key that seals now. */
  readonly seal: KeyPair;
  /** The key that seals now, and all earlier ones. */
  readonly sealKeys: readonly PublishedKey[];
  /** The keys that were not revoked. */
  readonly trustedKeys: readonly PublishedKey[];
  /** The public key of a seal; undefined where it is not known or was revoked. */
  readonly trusted: (kid: string) => CryptoKey | undefined;
  /** The public key of a seal, even a revoked one: signatures in the audit log from before the revocation stay valid. */
  readonly everSealed: (kid: string) => CryptoKey | undefined;
  readonly issuer: KeyPair;
}

const SECRET = 'secret';
/** The file of the key that seals, in the folder of the keys. */
export const SEAL = 'seal.jwk.json';
const RETIRED = 'retired';
const JWK_FILE = '.jwk.json';

async function retiredKeys(folder: string): Promise<readonly PublishedKey[]> {
  const retiredFolder = join(folder, RETIRED);
  const files = existsSync(retiredFolder) ? readdirSync(retiredFolder).filter((name) => name.endsWith(JWK_FILE)) : [];
  return Promise.all(
    files.toSorted().map(async (name) => {
      const file = join(retiredFolder, name);
      const found = jwkOf(file, readKeyFile(file));
      checkEd25519(file, found, false);
      const { revoked, ...jwk } = found as unknown as JWK & { revoked?: string };
      if (jwk.kid !== (await calculateJwkThumbprint(jwk)) || name !== `${jwk.kid}${JWK_FILE}`)
        throw new KeyFileError(`The key in ${file} is not the one of its name`);
      const publicKey = (await importJWK(jwk, 'EdDSA')) as CryptoKey;
      return { kid: jwk.kid ?? '', publicKey, jwk, ...(revoked === undefined ? {} : { revoked }) };
    }),
  );
}

/** Opens the keys in a folder; makes what is missing. Throws {@link KeyFileError} for a file that is empty, cut or open to others. */
export async function openKeys(folder: string): Promise<Keys> {
  keyFolder(folder);
  const random = () => randomBytes(32).toString('base64url');
  // The secret is made first. If other keys exist without it, it is lost, and a new one would change the pseudonym of every case and
  // person.
  if (existsSync(join(folder, SEAL)) && !existsSync(join(folder, SECRET)))
    throw new KeyFileError(`The key file ${join(folder, SECRET)} is missing: restore it from a backup`);
  const [secret, cursor] = [SECRET, 'cursor'].map((name) => {
    const file = join(folder, name);
    return secretOf(file, readOrMake(file, random));
  }) as [Uint8Array, Uint8Array];
  const seal = await pairOf(join(folder, SEAL));
  const { kid, publicKey, jwk } = seal;
  // An interrupted rotation has retired the key that is still in use.
  const retired = (await retiredKeys(folder)).filter((retiredKey) => retiredKey.kid !== kid);
  const sealKeys: readonly PublishedKey[] = [{ kid, publicKey, jwk }, ...retired];
  const trustedKeys = sealKeys.filter(({ revoked }) => revoked === undefined);
  const trusted = new Map(trustedKeys.map((trustedKey) => [trustedKey.kid, trustedKey.publicKey]));
  const ever = new Map(sealKeys.map((sealKey) => [sealKey.kid, sealKey.publicKey]));
  const issuer = await pairOf(join(folder, 'development-issuer.jwk.json'));
  const secretName = createHmac('sha256', secret).update('justice-interchange secret name').digest('base64url');
  return {
    secret,
    secretName,
    cursor,
    seal,
    sealKeys,
    trustedKeys,
    trusted: (keyId) => trusted.get(keyId),
    everSealed: (keyId) => ever.get(keyId),
    issuer,
  };
}

/** Makes a new key that seals from now on. The previous key stays published, so that its seals verify. Returns the new `kid`. */
export async function rotateSealKey(folder: string): Promise<string> {
  const { seal } = await openKeys(folder);
  keyFolder(join(folder, RETIRED));
  writeKeyFile(join(folder, RETIRED, `${seal.kid}${JWK_FILE}`), JSON.stringify(seal.jwk));
  const { privateKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true });
  writeKeyFile(join(folder, SEAL), JSON.stringify(await exportJWK(privateKey)));
  return (await openKeys(folder)).seal.kid;
}

/** Revokes a key permanently: its seals no longer verify. A key in use is rotated first. Throws an Error for an unknown `kid`. */
export async function revokeSealKey(folder: string, kid: string, time: string): Promise<void> {
  if ((await openKeys(folder)).seal.kid === kid) await rotateSealKey(folder);
  const found = (await retiredKeys(folder)).find((retiredKey) => retiredKey.kid === kid);
  if (found === undefined) throw new Error('There is no key with that kid');
  writeKeyFile(join(folder, RETIRED, `${kid}${JWK_FILE}`), JSON.stringify({ ...found.jwk, revoked: found.revoked ?? time }));
}
