/** The gateway's keys, in files that only its user may read. All gateways of a deployment share them. */

import { createPrivateKey, type JsonWebKey, type KeyObject, randomBytes } from 'node:crypto';
import { existsSync, linkSync, mkdirSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs';
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
function readOrMake(file: string, make: () => string): string {
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

export interface Keys {
  /** 32 bytes or more under which ids and pseudonyms are made. It must outlive every event. */
  readonly secret: Uint8Array;
  readonly cursor: Uint8Array;
  readonly seal: KeyPair;
  readonly issuer: KeyPair;
}

/** Opens the keys in a folder; makes what is missing. */
export async function openKeys(folder: string): Promise<Keys> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const random = () => randomBytes(32).toString('base64url');
  return {
    secret: Buffer.from(readOrMake(join(folder, 'secret'), random), 'base64url'),
    cursor: Buffer.from(readOrMake(join(folder, 'cursor'), random), 'base64url'),
    seal: await pairOf(join(folder, 'seal.jwk.json')),
    issuer: await pairOf(join(folder, 'development-issuer.jwk.json')),
  };
}
