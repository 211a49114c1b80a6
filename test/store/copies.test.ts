/** T68: a copy of the bus is complete, or refused. */
import { copyFileSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, describe, expect, it } from 'vitest';
import { openEmbeddedBus } from '../../gateway/bus/embedded/embedded-bus.ts';
import { verb as audit } from '../../gateway/cli/audit.ts';
import { verb as backup } from '../../gateway/cli/backup.ts';
import { caseOf, ON_KAFKA, openGateway, type TestGateway, temporary } from '../support/gateway.ts';
import { interchange } from '../support/interchange.ts';

const place = temporary();
afterAll(() => rmSync(place, { recursive: true, force: true }));

const folder = (name: string): string => {
  const path = join(place, name);
  mkdirSync(path, { recursive: true });
  return path;
};

/** Sends this many messages, each of which is answered with 202. */
async function send(gateway: TestGateway, first: number, count: number): Promise<void> {
  for (let n = first; n < first + count; n++) expect((await gateway.post('/v1/messages', caseOf(n), 'force')).status).toBe(202);
}

const verifyCopy = (copy: string, keys: string) => interchange(audit, ['verify', '--data', copy], copy, { INTERCHANGE_KEYS: keys });

const refusal = (dataFolder: string): Promise<string> =>
  openGateway({ dataFolder }).then(
    async (gateway) => {
      await gateway.close();
      return 'started';
    },
    (error: Error) => error.message,
  );

describe.skipIf(ON_KAFKA)('T68 a copy of the bus', () => {
  it('without the -wal file is refused by audit verify and by the start, whenever it was made', async () => {
    const data = folder('running');
    const gateway = await openGateway({ dataFolder: data });
    await send(gateway, 0, 3);
    const copy = folder('without-wal');
    copyFileSync(join(data, 'bus.sqlite'), join(copy, 'bus.sqlite'));
    cpSync(join(data, 'keys'), join(copy, 'keys'), { recursive: true });
    await gateway.close();
    expect(await verifyCopy(copy, join(copy, 'keys'))).toMatchObject({ text: expect.stringMatching(/incomplete.*-wal/) });
    expect(await refusal(copy)).toMatch(/incomplete.*-wal/);
    // After the stop everything is in one file.
    rmSync(copy, { recursive: true });
    cpSync(data, copy, { recursive: true });
    expect(await verifyCopy(copy, join(copy, 'keys'))).toMatchObject({ code: 0 });
    expect(await refusal(copy)).toBe('started');
  });

  it('is recognised as incomplete after a checkpoint, and as complete where SQLite has merged both files', async () => {
    const data = folder('checkpoint');
    const file = join(data, 'bus.sqlite');
    const bus = openEmbeddedBus({ file });
    // More than goes into the log between two checkpoints.
    for (let n = 0; n < 20; n++) await bus.publish([{ topic: 'justice.test', key: 'k', value: Buffer.alloc(1_000_000, n) }]);
    expect(statSync(file).size).toBeGreaterThan(10_000_000);
    const copy = join(folder('checkpoint-copy'), 'bus.sqlite');
    copyFileSync(file, copy);
    expect(() => openEmbeddedBus({ file: copy, readOnly: true })).toThrow(/incomplete/);
    expect(() => openEmbeddedBus({ file: copy })).toThrow(/incomplete/);
    // As a crash leaves it, and as a tool of SQLite leaves it that was used on that.
    const crashed = join(folder('crashed'), 'bus.sqlite');
    for (const end of ['', '-wal']) copyFileSync(file + end, crashed + end);
    const tool = new DatabaseSync(crashed);
    tool.prepare('SELECT count(*) FROM record').get();
    tool.close();
    expect(existsSync(`${crashed}-wal`)).toBe(false);
    const again = openEmbeddedBus({ file: crashed });
    expect(await again.ends('justice.test')).toEqual(await bus.ends('justice.test'));
    await again.close();
    await bus.close();
  });

  it('made by interchange backup while the gateway runs has every acknowledged record, and a gateway can continue with it', async () => {
    const data = folder('live');
    const gateway = await openGateway({ dataFolder: data });
    await send(gateway, 100, 5);
    const [to, keys] = [join(place, 'backup'), join(place, 'backup-keys')];
    const made = await interchange(backup, ['--to', to, '--keys-to', keys], data);
    expect(made).toMatchObject({ code: 0, text: expect.stringMatching(/complete and verifies/) });
    await send(gateway, 200, 1);
    await gateway.close();
    // Bus and keys apart, and nothing for others to read.
    expect(readdirSync(to)).toEqual(['bus.sqlite']);
    expect(readdirSync(keys).sort()).toEqual(readdirSync(join(data, 'keys')).sort());
    for (const file of [to, join(to, 'bus.sqlite'), keys, join(keys, 'secret')]) expect(statSync(file).mode & 0o077, file).toBe(0);
    expect(readFileSync(join(keys, 'secret'), 'utf8')).toBe(readFileSync(join(data, 'keys/secret'), 'utf8'));
    expect(await verifyCopy(to, keys)).toMatchObject({ code: 0 });
    // Neither is overwritten.
    expect((await interchange(backup, ['--to', to], data)).text).toMatch(/already: choose a new folder/);
    expect((await interchange(backup, ['--to', join(place, 'other-backup'), '--keys-to', keys], data)).text).toMatch(/not empty/);
    const restored = await openGateway({ dataFolder: to, config: { keysFolder: keys } });
    expect((await restored.onBus((bus) => bus.ends('interchange.messages')))[0]).toBe(5);
    await send(restored, 200, 1);
    await restored.close();
  });

  it('without its keys is not verified with new keys', async () => {
    const data = folder('without-keys');
    await (await openGateway({ dataFolder: data })).close();
    const copy = folder('keyless');
    copyFileSync(join(data, 'bus.sqlite'), join(copy, 'bus.sqlite'));
    const outcome = await interchange(audit, ['verify', '--data', copy], copy);
    expect(outcome.text).toMatch(/no keys in .*INTERCHANGE_KEYS/);
    expect(existsSync(join(copy, 'keys'))).toBe(false);
    expect(await verifyCopy(copy, join(data, 'keys'))).toMatchObject({ code: 0 });
  });

  it('that lost the end of any stream is refused by audit verify and by the start, because signed heads state each end', async () => {
    const data = folder('cut');
    const gateway = await openGateway({ dataFolder: data });
    await send(gateway, 300, 2);
    await gateway.close();
    for (const topic of ['interchange.messages', 'interchange.receipts', 'justice.%']) {
      const copy = join(place, `cut-${topic.replace('%', 'events')}`);
      cpSync(data, copy, { recursive: true });
      const db = new DatabaseSync(join(copy, 'bus.sqlite'));
      const { id, part } = db
        .prepare('SELECT id, part FROM record JOIN topic ON topic.id = record.topic WHERE name LIKE ? ORDER BY pos DESC LIMIT 1')
        .get(topic) as { id: number; part: number };
      db.prepare(
        'DELETE FROM record WHERE topic = ?1 AND part = ?2 AND pos = (SELECT max(pos) FROM record WHERE topic = ?1 AND part = ?2)',
      ).run(id, part);
      db.close();
      const outcome = await verifyCopy(copy, join(copy, 'keys'));
      expect(outcome.text, topic).toMatch(/The bus is cut: (interchange|justice)\..* signed head names/);
      expect(outcome.code).toBe(1);
      expect(await refusal(copy), topic).toMatch(/The bus is cut/);
    }
  });
});
