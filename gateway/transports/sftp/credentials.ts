/** What the gateway shows to the server. It is read again for each connection, so that it can be replaced without a restart. */
import { open } from 'node:fs/promises';
import { resolve } from 'node:path';
import { TransportFault } from '../repeat.ts';
import type { ServerSettings } from './settings.ts';

export interface Credentials {
  readonly privateKey?: string;
  readonly password?: string;
  readonly authHandler: ['publickey'] | ['password'];
}

const OTHERS = 0o077;
const MOST_BYTES = 100_000;

async function readPrivate(path: string, setting: string): Promise<string> {
  const file = await open(path).catch(() => {
    throw new TransportFault(`The file of ${setting} cannot be read`);
  });
  try {
    const stats = await file.stat();
    if (!stats.isFile() || stats.size > MOST_BYTES) throw new TransportFault(`The file of ${setting} is not one`);
    if ((stats.mode & OTHERS) !== 0) throw new TransportFault(`The file of ${setting} can be read by others. Run chmod 600 on it`);
    return await file.readFile('utf8');
  } finally {
    await file.close();
  }
}

/** Rejects with {@link TransportFault} where a file is missing, or others can read it. */
export async function readCredentials({ keyFile, passwordFile }: ServerSettings, baseFolder: string): Promise<Credentials> {
  if (keyFile !== undefined) return { privateKey: await readPrivate(resolve(baseFolder, keyFile), 'keyFile'), authHandler: ['publickey'] };
  const password = await readPrivate(resolve(baseFolder, passwordFile as string), 'passwordFile');
  return { password: password.replace(/\r?\n$/, ''), authHandler: ['password'] };
}
