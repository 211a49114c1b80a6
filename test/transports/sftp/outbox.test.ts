/** Files for an OpenSSH server: complete or absent, with the reason where one is absent. */
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { temporary } from '../../support/gateway.ts';
import { type OpenedSftp, openSftp } from '../../support/opened-sftp.ts';
import { type Network, openProxy } from '../../support/proxy.ts';
import { mountSmallDisk, type SmallDisk } from '../../support/small-disk.ts';
import { HAS_SSHD, makeKey, makeSshd, type Sshd } from '../../support/sshd.ts';

const WITHIN = { timeout: 15_000, interval: 50 };
const folder = temporary();
const far = join(folder, 'far');
const outbox = join(far, 'out');
let sshd: Sshd;
let network: Network;
let disk: SmallDisk | undefined;
let sftp: OpenedSftp;

const event = (name: string, text: string) => ({ bytes: Buffer.from(text), mediaType: 'application/json', name });
const deliver = (name: string, text: string, to = sftp) => to.transport.deliver?.(event(name, text));
const settings = () => ({
  host: '127.0.0.1',
  port: network.port,
  user: sshd.user,
  hostKeys: sshd.hostKeys.slice(1),
  keyFile: sshd.keyFile,
  timeoutSeconds: 3,
  outbox,
});

describe.runIf(HAS_SSHD)('an event for an SFTP server', () => {
  beforeAll(async () => {
    disk = mountSmallDisk(far, 8);
    mkdirSync(outbox);
    sshd = await makeSshd(join(folder, 'ssh'));
    await sshd.start();
    network = await openProxy('another');
    network.target = sshd.port;
    sftp = await openSftp(settings());
  }, 60_000);
  afterAll(async () => {
    await sftp.close();
    await network.close();
    await sshd.kill();
    disk?.unmount();
    rmSync(folder, { recursive: true, force: true });
  });

  it('is a file named by its id, which the same event replaces', async () => {
    await deliver('one', 'first');
    await deliver('one', 'second');
    expect([readdirSync(outbox), readFileSync(join(outbox, 'one.json'), 'utf8')]).toEqual([['one.json'], 'second']);
  });
  it('is complete when it is written several times at once', async () => {
    const texts = Array.from({ length: 8 }, (_, n) => String(n).repeat(300_000));
    await Promise.all(texts.map((text) => deliver('same', text)));
    expect(texts).toContain(readFileSync(join(outbox, 'same.json'), 'utf8'));
    expect(readdirSync(outbox).toSorted()).toEqual(['one.json', 'same.json']);
  });
  it('T61 is not written through a link with the name of its draft', async () => {
    writeFileSync(join(folder, 'elsewhere'), 'untouched');
    symlinkSync(join(folder, 'elsewhere'), join(outbox, '.linked.json.one.part'));
    await deliver('linked', 'an event');
    expect(readFileSync(join(folder, 'elsewhere'), 'utf8')).toBe('untouched');
    expect(readFileSync(join(outbox, 'linked.json'), 'utf8')).toBe('an event');
  });
  it('is not delivered while the network is down, and is delivered afterwards', async () => {
    network.cut();
    // The connection that was there is lost, and there is no new one.
    for (let n = 0; n < 2; n++) await expect(deliver('cut', 'an event')).rejects.toMatchObject({ reason: 'connection' });
    expect(sftp.transport.health?.().status).toBe('fail');
    network.heal();
    await expect
      .poll(
        () =>
          deliver('cut', 'an event')?.then(
            () => 'delivered',
            () => 'not',
          ),
        WITHIN,
      )
      .toBe('delivered');
    expect(sftp.transport.health?.().status).toBe('pass');
  });
  it('is never visible in part when the network fails during the write', async () => {
    const large = 'x'.repeat(3_000_000);
    const delivered = deliver('broken', large)?.then(
      () => 'delivered',
      (error: { reason: string }) => error.reason,
    );
    await expect.poll(() => readdirSync(outbox).some((name) => name.startsWith('.broken')), { timeout: 5000, interval: 1 }).toBe(true);
    network.cut();
    const outcome = await delivered;
    network.heal();
    if (outcome !== 'delivered') expect([outcome, existsSync(join(outbox, 'broken.json'))]).toEqual(['connection', false]);
    await expect
      .poll(
        () =>
          deliver('broken', large)?.then(
            () => 'delivered',
            () => 'not',
          ),
        WITHIN,
      )
      .toBe('delivered');
    expect(readFileSync(join(outbox, 'broken.json'), 'utf8')).toBe(large);
    expect(readdirSync(outbox).filter((name) => name.includes('broken'))).toEqual(['broken.json']);
  });
  it('is delivered after the server was killed', async () => {
    await sshd.kill();
    await expect(deliver('killed', 'an event')).rejects.toMatchObject({ reason: 'connection' });
    await sshd.start();
    await expect
      .poll(
        () =>
          deliver('killed', 'an event')?.then(
            () => 'delivered',
            () => 'not',
          ),
        WITHIN,
      )
      .toBe('delivered');
  });
  it('is not delivered to a full disk, and is delivered when there is space', async ({ skip }) => {
    if (disk === undefined) return skip('this user may not mount a small disk');
    disk.fill();
    await expect(deliver('full', 'x'.repeat(100_000))).rejects.toMatchObject({ reason: 'full' });
    expect(readdirSync(outbox).filter((name) => name.includes('full'))).toEqual([]);
    disk.free();
    await deliver('full', 'x'.repeat(100_000));
  });
  it('is refused where the folder does not exist', async () => {
    const away = await openSftp({ ...settings(), outbox: join(far, 'nowhere') });
    await expect(deliver('one', 'an event', away)).rejects.toMatchObject({ reason: 'refused', isFinal: false });
    await away.close();
  });
  it('T61 is not delivered to a server with another host key', async () => {
    const other = await openSftp({ ...settings(), hostKeys: [makeKey(join(folder, 'other'))] });
    await expect(deliver('secret', 'an event', other)).rejects.toMatchObject({ reason: 'refused' });
    expect(existsSync(join(outbox, 'secret.json'))).toBe(false);
    await other.close();
  });
  it('times out as configured where the server does not answer', async () => {
    const silent = await openSftp({ ...settings(), timeoutSeconds: 1, port: await silentPort() });
    const begun = performance.now();
    await expect(deliver('one', 'an event', silent)).rejects.toMatchObject({ reason: 'timeout' });
    expect(performance.now() - begun).toBeLessThan(10_000);
    await silent.close();
  });
});

/** A port that takes connections and says nothing. */
async function silentPort(): Promise<number> {
  const server = createServer(() => undefined).listen(0, '127.0.0.1');
  await once(server, 'listening');
  server.unref();
  return (server.address() as { port: number }).port;
}
