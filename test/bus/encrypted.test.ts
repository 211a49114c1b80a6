/** Encryption at rest: the bus reveals no payload, and a reader with the key gets all of it. */
import { randomUUID } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { compactDecrypt, importJWK } from 'jose';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import type { Bus } from '../../gateway/bus/bus.ts';
import { openEmbeddedBus } from '../../gateway/bus/embedded/embedded-bus.ts';
import { encryptedBus, KeyRing } from '../../gateway/bus/encrypted.ts';
import { openKafkaBus } from '../../gateway/bus/kafka/kafka-bus.ts';
import { fileKeys, rotateAtRest } from '../../gateway/keys/at-rest.ts';
import { keyScopeOf } from '../../gateway/wire/topics.ts';
import { caseOf, ON_KAFKA, openGateway, resultOf, type TestGateway, temporary } from '../support/gateway.ts';
import { busConformance, bytes, said, text } from './conformance.ts';

let folder: string;
beforeEach(() => {
  folder = temporary();
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const TOPIC = 'justice.official-sensitive.case.v1';
const openOne = async (): Promise<{ bus: Bus; plain: Bus; ring: KeyRing }> => {
  const plain = openEmbeddedBus({ file: join(folder, 'bus.sqlite') });
  const ring = await KeyRing.open(fileKeys(join(folder, 'keys')), ['messages']);
  return { plain, ring, bus: encryptedBus(plain, ring, keyScopeOf) };
};

busConformance('encrypted', async () => {
  // The topics of the conformance tests are of no level.
  const opened = async () => {
    const { plain, ring } = await openOne();
    return encryptedBus(plain, ring, () => 'messages');
  };
  let bus = await opened();
  return {
    bus,
    reopen: async () => {
      await bus.close();
      bus = await opened();
      return bus;
    },
    dispose: () => bus.close(),
  };
});

describe('the key of a topic', () => {
  it.each([
    ['justice.secret.case.v1', 'secret'],
    ['interchange.messages', 'messages'],
    ['interchange.quarantine', 'quarantine'],
    ['interchange.audit', undefined],
    ['interchange.order', undefined],
    ['interchange.order.official', undefined],
    ['interchange.orders', 'orders'],
    ['interchange.of-a-later-version', 'of-a-later-version'],
    ['anything', 'anything'],
  ])('of %s is that of %s: what is not known to be readable by others is encrypted', (topic, scope) => {
    expect(keyScopeOf(topic)).toBe(scope);
  });
});

describe('an encrypted record', () => {
  const secret = said(TOPIC, 'k', 'the address of a complainant');
  const positionOf = async (bus: Bus, topic: string) => Number(Object.entries(await bus.ends(topic)).find(([, end]) => end > 0)?.[0]);

  it('is a JWE that jose opens with the key of its level, and with no other', async () => {
    const { bus, plain } = await openOne();
    await bus.publish([{ ...secret, headers: { 'content-type': 'application/cloudevents+json', ce_id: 'x' } }]);
    const partition = await positionOf(plain, TOPIC);
    const [record] = await plain.read(TOPIC, partition, 0, 1);
    const jwe = Buffer.from(record?.value ?? []).toString();
    expect(jwe).not.toContain('complainant');
    expect(record?.headers['content-type']).toBe('application/jose');
    const keyOf = async (kid: string) => importJWK(JSON.parse(readFileSync(join(folder, `keys/at-rest/${kid}.jwk.json`), 'utf8')), 'dir');
    const opened = await compactDecrypt(jwe, await keyOf('official-sensitive.1'));
    expect(new TextDecoder().decode(opened.plaintext)).toBe('the address of a complainant');
    expect(opened.protectedHeader).toMatchObject({ alg: 'dir', enc: 'A256GCM', kid: 'official-sensitive.1', topic: TOPIC, key: 'k' });
    await expect(compactDecrypt(jwe, await keyOf('messages.1'))).rejects.toThrow(/decryption operation failed/);
    const [back] = await bus.read(TOPIC, partition, 0, 1);
    expect([text(back as never), back?.headers]).toEqual([
      'the address of a complainant',
      { 'content-type': 'application/cloudevents+json', ce_id: 'x' },
    ]);
    await bus.close();
  });

  it('does not decrypt in another topic, under another key, or with a changed bit, and stays unchanged', async () => {
    const { bus, plain } = await openOne();
    await bus.publish([secret]);
    const [record] = await plain.read(TOPIC, await positionOf(plain, TOPIC), 0, 1);
    const value = Buffer.from(record?.value ?? []);
    const headers = { 'content-type': 'application/jose' };
    const other = 'justice.official-sensitive.hearing.v1';
    const changed = Buffer.from(value);
    changed[value.length - 30] = (changed[value.length - 30] ?? 0) ^ 1;
    const [moved, renamed, flipped] = [
      { topic: other, key: 'k', value, headers },
      { topic: TOPIC, key: 'someone-else', value, headers },
      { topic: TOPIC, key: 'k', value: changed, headers },
    ] as const;
    for (const altered of [moved, renamed, flipped]) {
      const [{ topic, partition, offset } = { topic: '', partition: 0, offset: 0 }] = await plain.publish([altered]);
      const [back] = await bus.read(topic, partition, offset, 1);
      expect(Buffer.from(back?.value ?? [])).toEqual(altered.value);
    }
    await bus.close();
  });
  it.each(['', '.', 'e30....', 'bnVsbA....', '{}', 'e30.x.y.z.w'])('%j is not a JWE, and stays unchanged', async (value) => {
    const { bus, plain } = await openOne();
    await plain.publish([{ topic: TOPIC, key: 'k', value: bytes(value), headers: { 'content-type': 'application/jose' } }]);
    const [back] = await bus.read(TOPIC, await positionOf(plain, TOPIC), 0, 1);
    expect(text(back as never)).toBe(value);
    await bus.close();
  });
  it('with an unknown key is not skipped: it is read when the key exists', async () => {
    const { bus, plain, ring } = await openOne();
    await bus.publish([secret]);
    rotateAtRest(join(folder, 'keys'));
    const late = await KeyRing.open(fileKeys(join(folder, 'keys')), []);
    await encryptedBus(plain, late, keyScopeOf).publish([{ ...secret, value: bytes('under the second key') }]);
    expect(ring.find('official-sensitive.2')).toBeUndefined();
    const partition = await positionOf(plain, TOPIC);
    expect((await bus.read(TOPIC, partition, 0, 2)).map(text)).toEqual(['the address of a complainant', 'under the second key']);
    const nobody = await KeyRing.open({ load: async () => [] }, []);
    await expect(encryptedBus(plain, nobody, keyScopeOf).read(TOPIC, partition, 0, 1)).rejects.toMatchObject({ name: 'BusUnavailable' });
    await expect(encryptedBus(plain, nobody, keyScopeOf).publish([secret])).rejects.toMatchObject({ name: 'BusUnavailable' });
    await bus.close();
  });
});

describe.runIf(inject('kafkaBrokers') !== '')('an encrypted bus on Kafka', () => {
  it('gives a follower the records that another gateway wrote under a new key, in order and once', async () => {
    const openKafka = () =>
      openKafkaBus({ brokers: inject('kafkaBrokers').split(','), clientId: 'test', partitions: 1, replication: 1, makeTopics: true });
    const topic = `justice.official.test-${randomUUID()}.v1`;
    const keys = join(folder, 'keys');
    const [firstKafka, secondKafka] = [await openKafka(), await openKafka()];
    const first = encryptedBus(firstKafka, await KeyRing.open(fileKeys(keys), ['official']), keyScopeOf);
    await first.publish([said(topic, 'k', 'under the first key')]);
    const second = encryptedBus(secondKafka, await KeyRing.open(fileKeys(keys), ['official']), keyScopeOf);
    const taken: string[] = [];
    const follower = await second.follow({
      matches: (name) => name === topic,
      from: () => 0,
      take: (records) => void taken.push(...records.map(text)),
    });
    expect(taken).toEqual(['under the first key']);
    expect(rotateAtRest(keys)).toEqual(['official.2']);
    const rotated = encryptedBus(firstKafka, await KeyRing.open(fileKeys(keys), ['official']), keyScopeOf);
    await rotated.publish([said(topic, 'k', 'under the second key'), said(topic, 'k', 'and again')]);
    await expect.poll(() => taken, { timeout: 15_000 }).toEqual(['under the first key', 'under the second key', 'and again']);
    await follower.close();
    await Promise.all([firstKafka.close(), secondKafka.close()]);
  }, 40_000);
});

/** The embedded bus is a file that a test can read through. */
describe.skipIf(ON_KAFKA)('a gateway with encryption at rest', () => {
  // No short words: encrypted bytes are random, and would sometimes contain one.
  const SECRETS = /PROSSER|Kittiwake|Larkspur|TREMAYNE|52WX2000001|Marbury/i;
  const config = { atRest: { keys: 'files' } };

  async function exchanged(gateway: TestGateway): Promise<void> {
    expect((await gateway.post('/v1/messages', caseOf(1), 'force')).status).toBe(202);
    expect((await gateway.post('/v1/messages', resultOf(1), 'court')).status).toBe(202);
    const refused = await gateway.post('/v1/messages', caseOf(2).slice(0, -40), 'force');
    expect(refused.status).toBe(422);
    const [item] = (await gateway.call('/v1/quarantine', {}, 'force')).body.items;
    const kept = (await gateway.call(`/v1/quarantine/${item.id}`, {}, 'force')).body.content;
    expect(Buffer.from(kept, 'base64').toString()).toContain('52WX2000002');
    expect(JSON.stringify(await gateway.events('cps'))).toContain('PROSSER');
    expect(JSON.stringify(await gateway.events('supplier'))).not.toContain('PROSSER');
  }
  const valuesAtRest = (data: string): string => {
    const database = new DatabaseSync(join(data, 'bus.sqlite'), { readOnly: true });
    const tables = database.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").all() as { name: string }[];
    const rows = tables.flatMap(({ name }) => database.prepare(`SELECT * FROM ${name}`).all());
    database.close();
    return rows
      .flatMap((row) => Object.values(row))
      .map((value) => (value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : String(value)))
      .join('\n');
  };

  it('stores no personal data in plain text, and returns all of it, also after a rotation and a restart', async () => {
    const gateway = await openGateway({ dataFolder: folder, config });
    await exchanged(gateway);
    expect(rotateAtRest(join(folder, 'keys'))).toContain('official-sensitive.2');
    await gateway.gateway.reloadKeys();
    await gateway.post('/v1/messages', caseOf(3), 'force');
    await gateway.close();
    const atRest = valuesAtRest(folder);
    expect(atRest).not.toMatch(SECRETS);
    expect(atRest).toContain(Buffer.from('{"alg":"dir"').toString('base64url').slice(0, 12));
    for (const name of readdirSync(folder)) if (name.startsWith('view')) rmSync(join(folder, name));
    const again = await openGateway({ dataFolder: folder, config });
    expect((await again.events('cps')).map(({ type }) => type)).toHaveLength(3);
    expect((await again.post('/v1/messages', caseOf(1), 'force')).headers.get('Interchange-Repeated')).toBe('true');
    await again.close();
  });
  it('stores personal data in plain text without encryption, which shows that the search works', async () => {
    const gateway = await openGateway({ dataFolder: folder });
    await exchanged(gateway);
    await gateway.close();
    expect(valuesAtRest(folder)).toMatch(SECRETS);
  });
  it('takes its keys from a module of the deployment, for example for a key management service', async () => {
    const module = join(folder, 'kms', 'keys.mjs');
    mkdirSync(join(folder, 'kms'));
    writeFileSync(
      module,
      `export default { load: async (scopes) => scopes.map((scope) => ({ scope, kid: 'kms:' + scope, secret: new Uint8Array(32).fill(scope.length) })) };`,
    );
    const gateway = await openGateway({ dataFolder: folder, config: { atRest: { keys: module } } });
    await exchanged(gateway);
    await gateway.close();
    expect(valuesAtRest(folder)).not.toMatch(SECRETS);
    writeFileSync(join(folder, 'kms', 'odd.mjs'), 'export default {};');
    const odd = { atRest: { keys: join(folder, 'kms', 'odd.mjs') } };
    await expect(openGateway({ dataFolder: folder, config: odd })).rejects.toThrow(/is not a key management module/);
  });
});
