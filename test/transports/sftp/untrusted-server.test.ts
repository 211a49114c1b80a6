/** A server that is not OpenSSH, and a server that lies: nothing from it is trusted, and every wait has a limit (T61). */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { temporary } from '../../support/gateway.ts';
import { type OpenedSftp, openSftp } from '../../support/opened-sftp.ts';
import { type FarFile, openSftpServer, type SftpServer, type SftpServerOptions } from '../../support/sftp-server.ts';

const WITHIN = { timeout: 15_000, interval: 10 };
const folder = temporary();
const passwordFile = join(folder, 'password');
writeFileSync(passwordFile, 'a password\n', { mode: 0o600 });
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const opened: (OpenedSftp | SftpServer)[] = [];
afterEach(async () => {
  for (const resource of opened.splice(0).toReversed()) await resource.close();
});

async function far(options: Partial<SftpServerOptions>, settings: object = {}) {
  const files = options.files ?? new Map<string, FarFile>();
  const server = await openSftpServer({ password: 'a password', ...options, files });
  opened.push(server);
  const { port, hostKey } = server;
  const common = { host: '127.0.0.1', port, user: 'gateway', hostKeys: [hostKey], passwordFile, timeoutSeconds: 1 };
  const sftp = await openSftp({ ...common, inbox: '/in', outbox: '/in', pollSeconds: 0.02, stableSeconds: 0.05, ...settings });
  opened.push(sftp);
  return { files, server, ...sftp };
}
const file = (text: string, size?: number): FarFile => ({ content: Buffer.from(text), ...(size === undefined ? {} : { size }) });

describe('a password server without the extensions of OpenSSH', () => {
  it('can deliver messages', async () => {
    const { files, taken } = await far({ files: new Map([['one.xml', file('a message')]]) });
    await expect.poll(() => [...files.keys()], WITHIN).toEqual(['one.xml.done']);
    expect(taken).toEqual(['a message']);
  });
  it('can receive events, and replaces a repeated one', async () => {
    const { files, transport } = await far({});
    for (const text of ['first', 'second'])
      await transport.deliver?.({ bytes: Buffer.from(text), mediaType: 'application/json', name: 'event' });
    expect([...files].map(([name, { content }]) => [name, content.toString()])).toContainEqual(['event.json', 'second']);
    expect([...files.keys()].filter((name) => name.includes('.part'))).toEqual([]);
  });
  it('gets a wrong password only once', async () => {
    const { server, reasons, transport } = await far({ password: 'another password' });
    await expect.poll(() => reasons, WITHIN).toEqual(['The server does not let the account of the gateway in']);
    const event = { bytes: Buffer.from('x'), mediaType: 'application/json', name: 'event' };
    for (let n = 0; n < 20; n++) await expect(transport.deliver?.(event)).rejects.toMatchObject({ reason: 'refused' });
    expect(server.attempts()).toBeLessThanOrEqual(4);
  });
});

describe('T61 a server that cannot be trusted', () => {
  it.each(['../up.xml', '/etc/cron.d/x', 'a/b.xml', 'a\\..\\b.xml', 'case\u0000.xml', '..', '.'])(
    'cannot use a listed name (%j) as a path',
    async (name) => {
      const { files, server, taken } = await far({ files: new Map([['good.xml', file('good')]]), names: [name] });
      await expect.poll(() => files.has('good.xml.done'), WITHIN).toBe(true);
      if (!/^\.+$/.test(name)) await expect.poll(() => [...files.keys()].some((key) => key.startsWith('unsafe-name-')), WITHIN).toBe(true);
      expect(taken).toEqual(['good']);
      expect(server.paths.filter((path) => path.includes(name) && name !== '.')).toEqual([]);
    },
  );
  it('cannot make the gateway accept a file that is shorter than stated, or ask for it without pause', async () => {
    let reads = 0;
    const { taken, files } = await far(
      { files: new Map([['one.xml', file('short', 5000)]]), onRequest: (name) => void (reads += Number(name === 'READ')) },
      { stableSeconds: 0.2 },
    );
    await expect.poll(() => reads, WITHIN).toBeGreaterThan(1);
    const before = reads;
    await new Promise((resolve) => setTimeout(resolve, 1000));
    expect(reads - before).toBeLessThan(20);
    expect(taken).toEqual([]);
    expect([...files.keys()]).toEqual(['one.xml.taking-one']);
  });
  it('cannot make the gateway keep more bytes than it requested', async () => {
    const { taken } = await far({ files: new Map([['one.xml', file('x'.repeat(100))]]), read: () => Buffer.alloc(30_000, 'y') });
    await expect.poll(() => taken, WITHIN).toEqual(['y'.repeat(100)]);
  });
  it('cannot make the gateway read more of a growing file than was stated', async () => {
    const far1 = file('x'.repeat(100));
    let length = 0;
    const { taken, files } = await far({
      files: new Map([['one.xml', far1]]),
      read: (content, offset, asked) => {
        length = Math.max(length, offset + asked);
        far1.size = 2_000_000;
        return content.subarray(offset, offset + asked);
      },
    });
    await expect.poll(() => files.has('one.xml.failed'), WITHIN).toBe(true);
    expect([taken, length]).toEqual([[], 100]);
  });
  it.each([
    ['does not answer', { onRequest: (name: string) => name === 'OPENDIR' }],
    [
      'gives one byte at a time, with a rest',
      {
        files: new Map([['one.xml', file('x'.repeat(1000))]]),
        read: (content: Buffer, offset: number) => content.subarray(offset, offset + 1),
        onRequest: (name: string, _: unknown, answer: () => void) => {
          if (name === 'READ') setTimeout(answer, 100);
          return name === 'READ';
        },
      },
    ],
  ])('is disconnected after the configured time where it %s', async (_, options) => {
    const { reasons, transport, taken } = await far(options);
    await expect.poll(() => reasons, WITHIN).toContain('The server did not answer in time');
    expect(transport.health?.().status).toBe('fail');
    expect(taken).toEqual([]);
  });
  it('cannot stop the gateway with invalid data: the gateway tries again', async () => {
    let isWrong = true;
    const { reasons, taken } = await far({
      files: new Map([['one.xml', file('a message')]]),
      onRequest: (name, channel) => {
        if (name !== 'READDIR' || !isWrong) return undefined;
        isWrong = false;
        (
          channel as unknown as { _protocol: { channelData(id: number, data: Buffer): void }; outgoing: { id: number } }
        )._protocol.channelData(
          (channel as unknown as { outgoing: { id: number } }).outgoing.id,
          Buffer.from([0, 0, 0, 5, 250, 1, 2, 3, 4]),
        );
        return true;
      },
    });
    await expect.poll(() => taken, WITHIN).toEqual(['a message']);
    expect(reasons[0]).toBe('The connection to the server was lost');
  });
});
