/** Files that hold keys: written completely, synced, readable only by their user, and checked before use. */
import { createPrivateKey, createPublicKey, type JsonWebKey, randomBytes } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { dirname, join, relative } from 'node:path';

/** A key file that must not be used. The message names the file and the reason, never the content. */
export class KeyFileError extends Error {
  override readonly name = 'KeyFileError';
}

/** Bits of a mode that give access to other users. */
export const OTHERS = 0o077;
/** The length of 32 bytes in base64url. */
const KEY_CHARACTERS = 43;
const SECRET_BYTES = 32;
const BASE64URL = /^[A-Za-z0-9_-]+$/;

function sync(path: string): void {
  const file = openSync(path, 'r');
  fsyncSync(file);
  closeSync(file);
}

/** Writes a draft next to a file, and syncs it. */
function draftOf(file: string, text: string): string {
  const draft = `${file}.${randomBytes(6).toString('hex')}`;
  const opened = openSync(draft, 'wx', 0o600);
  writeSync(opened, text);
  fsyncSync(opened);
  closeSync(opened);
  return draft;
}

/** Makes a folder that only its user can open, or restricts an existing one. */
export function keyFolder(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  if ((statSync(folder).mode & OTHERS) === 0) return;
  try {
    chmodSync(folder, 0o700);
  } catch {
    throw new KeyFileError(`${folder} can be opened by others: chmod 700 it`);
  }
}

/** Replaces or makes a file: completely or not at all, and durable when it returns. */
export function writeKeyFile(file: string, text: string): void {
  renameSync(draftOf(file, text), file);
  sync(dirname(file));
}

/** Reads a key file. Throws {@link KeyFileError} when it is empty, or others can read it. */
export function readKeyFile(file: string): string {
  if ((statSync(file).mode & OTHERS) !== 0)
    throw new KeyFileError(`The key file ${file} can be read by others: chmod 600 it, and consider its key known`);
  const text = readFileSync(file, 'utf8').trim();
  if (text === '') throw new KeyFileError(`The key file ${file} is empty: restore it from a backup`);
  return text;
}

/** Reads a key file, or makes it: completely or not at all. */
export function readOrMake(file: string, make: () => string): string {
  if (!existsSync(file)) {
    const draft = draftOf(file, make());
    // Two gateways may start at once: the first to link wins, and both read what it made.
    try {
      linkSync(draft, file);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    unlinkSync(draft);
    sync(dirname(file));
  }
  return readKeyFile(file);
}

/** Whether a folder has the keys of a deployment. */
export const hasKeys = (folder: string): boolean => existsSync(folder) && readdirSync(folder).length > 0;

/** Copies all keys of a folder into a new one. Throws {@link KeyFileError} for a file that must not be used, and where the new folder has keys. */
export function copyKeys(from: string, to: string): void {
  keyFolder(to);
  if (readdirSync(to).length > 0) throw new KeyFileError(`The folder ${to} is not empty: choose a new one for the keys`);
  for (const entry of readdirSync(from, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile()) continue;
    const folder = join(to, relative(from, entry.parentPath));
    keyFolder(folder);
    writeKeyFile(join(folder, entry.name), readKeyFile(join(entry.parentPath, entry.name)));
  }
}

/** The bytes of a secret: 32 or more, in base64url. Throws {@link KeyFileError} for anything else. */
export function secretOf(file: string, text: string): Uint8Array {
  const bytes = Buffer.from(text, 'base64url');
  if (!BASE64URL.test(text) || bytes.length < SECRET_BYTES || bytes.toString('base64url') !== text)
    throw new KeyFileError(`The key file ${file} does not hold ${SECRET_BYTES} bytes or more in base64url: it may be cut`);
  return bytes;
}

/** The JWK of a file. Throws {@link KeyFileError} when it is not a complete JSON object. */
export function jwkOf(file: string, text: string): Readonly<Record<string, unknown>> {
  try {
    const jwk: unknown = JSON.parse(text);
    if (typeof jwk === 'object' && jwk !== null && !Array.isArray(jwk)) return jwk as Record<string, unknown>;
  } catch {
    // The message would quote the key.
  }
  throw new KeyFileError(`The key file ${file} is not a JSON Web Key: it may be cut`);
}

const isKeyText = (value: unknown): boolean => typeof value === 'string' && value.length === KEY_CHARACTERS && BASE64URL.test(value);

/** Throws {@link KeyFileError} unless a JWK is an Ed25519 key. Where a private half is required, it must belong to the public one. */
export function checkEd25519(file: string, jwk: Readonly<Record<string, unknown>>, isPrivate: boolean): void {
  const { kty, crv, x, d } = jwk;
  if (kty !== 'OKP' || crv !== 'Ed25519' || !isKeyText(x)) throw new KeyFileError(`The key file ${file} does not hold an Ed25519 key`);
  if (!isPrivate) {
    if (d !== undefined) throw new KeyFileError(`The key file ${file} holds a private key, and must hold a public one only`);
    return;
  }
  if (!isKeyText(d)) throw new KeyFileError(`The key file ${file} has no private half`);
  const derivedKey = createPublicKey(createPrivateKey({ key: { kty, crv, x, d } as JsonWebKey, format: 'jwk' })).export({ format: 'jwk' });
  if (derivedKey.x !== x) throw new KeyFileError(`The two halves of the key in ${file} do not belong together`);
}

/** The bytes of a symmetric JWK of 256 bits. Throws {@link KeyFileError} for anything else. */
export function octetsOf(file: string, { kty, k }: Readonly<Record<string, unknown>>): Uint8Array {
  if (kty !== 'oct' || !isKeyText(k)) throw new KeyFileError(`The key file ${file} does not hold a key of ${SECRET_BYTES} bytes`);
  return Buffer.from(k as string, 'base64url');
}
