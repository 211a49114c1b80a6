/** What ends: certificates in files of the configuration, and keys at rest. */
import { copyFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { fileKeys, rotateAtRest } from '../../gateway/keys/at-rest.ts';
import { openKeys } from '../../gateway/keys/keys.ts';
import { loadTransports } from '../../gateway/transports/kinds.ts';
import { decisiveEnd, expiryStatus } from '../../gateway/upkeep/certificates.ts';
import { openExpiring } from '../../gateway/upkeep/expiring.ts';
import { openAuthority } from '../support/client-certificates.ts';
import { configFor, temporary } from '../support/gateway.ts';

const DAY = 86_400_000;
const folder = temporary();
const authority = openAuthority(folder);
const [long, short] = [authority.issue('long', '/CN=long', 365), authority.issue('short', '/CN=short', 5)];
const settingsOfListener = (certificateFile: string) => ({
  port: 0,
  services: { cjse: '/cjse' },
  tls: { certificateFile, keyFile: long.keyFile },
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('the end of a certificate', () => {
  it('counts from 30 days before', () => {
    expect([31, 30, 1, 0].map((days) => expiryStatus(days * DAY, 0))).toEqual(['pass', 'warn', 'warn', 'fail']);
  });
  it('is that of the first part of a chain, and of the next authority to end', () => {
    expect(decisiveEnd('listener', [5, 3, 9], 4)).toBe(3);
    expect(decisiveEnd('timestamp-authority', [5, 3, 9], 4)).toBe(5);
    expect(decisiveEnd('timestamp-authority', [5, 3], 6)).toBe(5);
  });
});

describe('what ends', () => {
  it('is what a listener holds since the start, and what the file of a broker has now', async () => {
    const [held, read] = ['held.pem', 'read.pem'].map((name) => join(folder, name)) as [string, string];
    for (const file of [held, read]) copyFileSync(short.certificateFile, file);
    const transports = [
      { name: 'listener', kind: 'soap', client: 'wessex.police.records', settings: settingsOfListener('held.pem') },
      {
        name: 'queue',
        kind: 'amqp',
        client: 'wessex.police.records',
        settings: { host: '127.0.0.1', from: 'in', tls: { certificateFile: 'read.pem', keyFile: 'long.key' } },
      },
    ];
    const config = configFor({ config: { transports: transports as never, transportsFolder: folder } }, folder);
    const expiring = await openExpiring(config, await loadTransports(config.transports ?? []), () => []);
    const statuses = async () => (await expiring(Date.now())).map(({ use, transport, status }) => [use, transport, status]);
    const before = [
      ['listener', 'listener', 'warn'],
      ['client', 'queue', 'warn'],
    ];
    expect(await statuses()).toEqual(before);
    for (const file of [held, read]) copyFileSync(long.certificateFile, file);
    expect(await statuses()).toEqual([before[0], ['client', 'queue', 'pass']]);
    writeFileSync(read, 'no certificate');
    expect(await statuses()).toEqual([before[0], ['client', 'queue', 'fail']]);
  });

  it('is the certificates of the issuer, and the oldest of the keys at rest that encrypt', async () => {
    const data = temporary();
    const config = configFor({ config: { atRest: { keys: 'files' } } }, data);
    await openKeys(config.keysFolder);
    await fileKeys(config.keysFolder).load(['streams', 'official']);
    const old = Date.UTC(2026, 0);
    utimesSync(join(config.keysFolder, 'at-rest/official.1.jwk.json'), old / 1000, old / 1000);
    const expiring = await openExpiring(config, await loadTransports(config.transports ?? []), () => [old + DAY, old + 40 * DAY]);
    expect(await expiring(old + 2 * DAY)).toMatchObject([
      { use: 'issuer', ends: old + 40 * DAY, status: 'pass' },
      { use: 'seal', status: 'pass' },
      { use: 'at-rest', since: old, ends: old + 365 * DAY, status: 'pass' },
    ]);
    expect((await expiring(old + 365 * DAY)).at(-1)).toMatchObject({ use: 'at-rest', status: 'fail' });
    rotateAtRest(config.keysFolder);
    expect((await expiring(old + 365 * DAY)).at(-1)?.since).toBeGreaterThan(old);
    rmSync(data, { recursive: true });
  });
});
