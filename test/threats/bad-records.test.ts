/**
 * T67: whatever somebody else puts onto a topic, a gateway goes on and starts again, and all that is well-formed does what it promises.
 * `RECORDS=5000 npx vitest run --config .vitest.config.ts test/threats/bad-records.test.ts` is the full form, for each bus; `SEED=n` makes
 * other records.
 */
import { createHash } from 'node:crypto';
import { rmSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { afterAll, describe, expect, inject, it } from 'vitest';
import type { Bus, StoredRecord } from '../../gateway/bus/bus.ts';
import { openEmbeddedBus } from '../../gateway/bus/embedded.ts';
import { openKafkaBus } from '../../gateway/bus/kafka.ts';
import { KafkaClient } from '../../gateway/bus/kafka-client.ts';
import { kafkaOptions } from '../../gateway/buses.ts';
import type { Config } from '../../gateway/config.ts';
import {
  APPROVALS,
  AUDIT,
  AUDIT_HEADS,
  LEASES,
  LEDGER,
  MESSAGES,
  PROTECTIONS,
  RECEIPTS,
  SUBSCRIPTIONS,
} from '../../gateway/store/streams.ts';
import { type BadRecord, badRecords } from '../support/bad-records.ts';
import { caseOf, configFor, ON_KAFKA, OPERATOR, openGateway, type TestGateway, temporary } from '../support/gateway.ts';
import { POLICY } from '../support/law.ts';
import { openReceiver, type Receiver } from '../support/receiver.ts';

const RECORDS = Number(process.env.RECORDS ?? 400);
const SEED = Number(process.env.SEED ?? 1);
const IN_A_BATCH = Math.max(50, Math.ceil(RECORDS / 25));
const LONGEST = 120_000 + RECORDS * 200;
/** So much more memory is no growth; and so many times what a start leaves behind in one process, without records of others. */
const SPARE_BYTES = 96 * 1024 * 1024;
const SPARE_STARTS = 1.5;

const STREAMS = [MESSAGES, RECEIPTS, SUBSCRIPTIONS, AUDIT, AUDIT_HEADS, LEDGER, LEASES, PROTECTIONS, APPROVALS];
const READER = 'example.barred';
const brokers = inject('kafkaBrokers');
const JSON_TYPE = { 'Content-Type': 'application/json' };
const WITHIN = { timeout: 30_000, interval: 50 };
const NAME = /tremayne/i;
const SETUP = {
  clients: [
    OPERATOR,
    {
      ...{ id: READER, title: 'Reader (invented)', scopes: ['events:read'] as const },
      clearance: { policy: POLICY, classifications: ['OFFICIAL'], sensitive: true, releasableTo: ['POLICE', 'CPS', 'COURTS'] },
    },
  ],
  webhooks: { networks: ['127.0.0.0/8'], secondsBetween: [0, 0], timeoutSeconds: 5 },
};

const folders: string[] = [];
const uncaught: unknown[] = [];
const onUncaught = (error: unknown) => void uncaught.push(error);
process.on('uncaughtException', onUncaught);
afterAll(() => {
  process.off('uncaughtException', onUncaught);
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;
function memory(): number {
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

const orderOf = (n: number) => ({
  case: `52WX2${String(n).padStart(6, '0')}`,
  person: { kind: 'defendant', familyName: 'Tremayne', givenNames: ['Jory'] },
  restrictions: ['YJCEA1999_s46'],
  ...{ law: 'Youth Justice and Criminal Evidence Act 1999, s.46', title: 'Order (invented)' },
});

const fingerprint = ({ topic, key, value }: Pick<StoredRecord, 'topic' | 'key' | 'value'>) =>
  createHash('sha256').update(`${topic} ${key} `).update(value).digest('base64url');

/** A bus that others write to behind the back of a gateway, and the gateway with its traffic. */
class Scene {
  readonly #name: 'embedded' | 'Kafka';
  readonly #folder = temporary();
  readonly #config: Config;
  readonly #receiver: Receiver;
  readonly #put = new Set<string>();
  #own: TestGateway | undefined;
  /** How often the gateway was started. */
  starts = 0;
  #sent = 0;
  #quarantined = '';
  #before: { readonly n: number; readonly event: string } | undefined;
  readonly #events: string[] = [];

  constructor(name: 'embedded' | 'Kafka', receiver: Receiver) {
    this.#name = name;
    this.#receiver = receiver;
    folders.push(this.#folder);
    this.#config = configFor({ ...this.#setup, dataFolder: this.#folder }, this.#folder);
  }

  get #setup() {
    const { clients, webhooks } = SETUP;
    const prefix = `b-${createHash('sha256').update(this.#folder).digest('hex').slice(0, 12)}.`;
    const kafka = { brokers: brokers.split(','), partitions: 2, replication: 1, makeTopics: true, prefix };
    return { clients, config: { webhooks, ...(this.#name === 'Kafka' ? { bus: 'kafka' as const, kafka } : {}) } };
  }

  async start(): Promise<void> {
    this.#own = await openGateway({ ...this.#setup, dataFolder: this.#folder });
    this.starts++;
  }

  async stop(): Promise<void> {
    await this.#own?.close();
    this.#own = undefined;
  }

  get own(): TestGateway {
    if (this.#own === undefined) throw new Error('The gateway is stopped');
    return this.#own;
  }

  async #onBus<T>(use: (bus: Bus) => Promise<T>): Promise<T> {
    const bus =
      this.#name === 'Kafka'
        ? await openKafkaBus(kafkaOptions(this.#config))
        : openEmbeddedBus({ file: `${this.#folder}/bus.sqlite`, readOnly: true });
    try {
      return await use(bus);
    } finally {
      await bus.close();
    }
  }

  /** Some of what the gateway itself wrote, of each topic: the first records and the last. */
  real(): Promise<ReadonlyMap<string, readonly StoredRecord[]>> {
    return this.#onBus(async (bus) => {
      const found = new Map<string, readonly StoredRecord[]>();
      for (const topic of await bus.topics()) {
        const records: StoredRecord[] = [];
        for (const [partition, end] of Object.entries(await bus.ends(topic)))
          for (const from of new Set([0, Math.max(0, end - 30)])) records.push(...(await bus.read(topic, Number(partition), from, 30)));
        found.set(
          topic,
          records.filter((one) => !this.#put.has(fingerprint(one)) && one.value.length < 100_000),
        );
      }
      return found;
    });
  }

  /** Puts records onto the bus: beside the gateway on Kafka, and into the file of the embedded bus while the gateway is stopped. */
  async put(records: readonly BadRecord[], real: ReadonlyMap<string, readonly StoredRecord[]>): Promise<void> {
    const copies = new Set([...real.values()].flat().map(fingerprint));
    for (const one of records) if (!copies.has(fingerprint(one))) this.#put.add(fingerprint(one));
    if (this.#name === 'Kafka') return this.#produce(records);
    await this.stop();
    const bus = openEmbeddedBus({ file: `${this.#folder}/bus.sqlite` });
    await bus.publish(records.map(({ partition: _, ...one }) => one));
    await bus.close();
    return this.start();
  }

  async #produce(records: readonly BadRecord[]): Promise<void> {
    const prefix = this.#config.kafka?.prefix ?? '';
    const producer = new KafkaClient({ brokers: brokers.split(','), clientId: 'test' }).producer();
    await producer.connect();
    for (const { topic, partition, key, headers, value } of records)
      await producer.send({
        topic: prefix + topic,
        messages: [
          {
            key: key === '' ? null : Buffer.from(key),
            value: value.length === 0 ? null : Buffer.from(value),
            headers: { ...headers },
            partition,
          },
        ],
      });
    await producer.disconnect();
  }

  /** Traffic of the gateway's own on every stream. */
  async begin(): Promise<void> {
    const { own } = this;
    expect((await own.post('/v1/subscriptions', JSON.stringify({ url: this.#receiver.url }), 'cps', JSON_TYPE)).status).toBe(201);
    const refused = await own.post('/v1/messages', '<broken', 'force');
    this.#quarantined = (refused.body.receipt ?? refused.body.id) as string;
    const label = { policy: POLICY, classification: 'OFFICIAL', sensitive: true };
    const wanted = { label, sha256: createHash('sha256').update('x').digest('hex'), because: 'A person read it' };
    const requests = `/v1/quarantine/${this.#quarantined}/label-requests`;
    const asked = await own.post(requests, JSON.stringify(wanted), 'operator', JSON_TYPE);
    expect(asked.status).toBe(201);
    expect((await own.post(`${requests}/${asked.body.id as string}/approval`, '', 'approver')).status).toBe(200);
    await this.mustWork();
    await this.mustWork();
  }

  async #mustBeDelivered(what: string, isIt: (event: Receiver['got'][number]['event']) => boolean): Promise<void> {
    await expect.poll(() => this.#receiver.got.some(({ event }) => isIt(event)), { ...WITHIN, message: `${what} is delivered` }).toBe(true);
  }

  /** All that the gateway promises, with a new case. */
  async mustWork(): Promise<void> {
    const { own } = this;
    const n = ++this.#sent;
    // What is protected from now on was published before: whoever has it is told.
    const before = this.#before;
    if (before !== undefined)
      expect((await own.post('/v1/protections', JSON.stringify(orderOf(before.n)), 'owner', JSON_TYPE)).status).toBe(201);
    const sent = await own.post('/v1/messages', caseOf(n), 'force');
    expect([n, sent.status, sent.body]).toMatchObject([n, 202, {}]);
    const event = sent.body.events[0].id as string;
    this.#events.push(event);
    const receipt = await own.call(`/v1/messages/${sent.body.id as string}`, {}, 'force');
    expect([receipt.status, receipt.body]).toMatchObject([200, { status: 'accepted', events: [{ id: event }] }]);
    expect((await own.call(`/v1/events/${event}`, {}, 'cps')).status).toBe(200);
    expect((await own.events('cps')).filter(({ id }) => id === event)).toHaveLength(1);
    await this.#mustBeDelivered('an event', ({ id }) => id === event);
    if (before !== undefined) {
      await this.#mustBeDelivered('a correction', ({ data }) => (data as { corrects?: string }).corrects === before.event);
      for (const persona of [READER, 'cps']) {
        const { status, text } = await own.call(`/v1/events/${before.event}`, {}, persona);
        expect([persona, status, NAME.test(text)]).toEqual([persona, 200, persona === 'cps']);
      }
    }
    this.#before = { n, event };
    const held = await own.call(`/v1/quarantine/${this.#quarantined}`, {}, OPERATOR.id);
    expect([held.status, Buffer.from((held.body.content ?? '') as string, 'base64').toString()]).toEqual([200, '<broken']);
    const requests = await own.call(`/v1/quarantine/${this.#quarantined}/label-requests`, {}, 'operator');
    expect([requests.status, requests.body]).toMatchObject([200, { requests: [{ approval: {} }] }]);
    const { body: subscribed } = await own.call('/v1/subscriptions', {}, 'cps');
    expect(subscribed.subscriptions).toMatchObject([{ url: this.#receiver.url, status: 'active' }]);
    for (const [path, persona] of [
      ['/v1/quarantine?limit=1000', OPERATOR.id],
      ['/v1/ledger', OPERATOR.id],
      ['/v1/protections?limit=1000', 'owner'],
      [`/v1/subscriptions/${subscribed.subscriptions[0].id as string}/deliveries`, 'cps'],
      ['/metrics', 'monitoring'],
      ['/health', undefined],
    ] as const) {
      const { status, text } = await own.call(path, {}, persona);
      expect([path, status, status === 200 ? '' : text]).toEqual([path, 200, '']);
    }
    expect(uncaught).toEqual([]);
  }

  /** Every event that was ever published stands on the pages once, in whole. */
  async mustHaveAll(): Promise<void> {
    const pages = (await this.own.events('cps')).map(({ id }) => id);
    expect(this.#events.filter((id) => pages.filter((one) => one === id).length !== 1)).toEqual([]);
  }

  async close(): Promise<void> {
    await this.stop();
    if (this.#name !== 'Kafka') return;
    const admin = new KafkaClient({ brokers: brokers.split(','), clientId: 'test' }).admin();
    await admin.connect();
    const topics = (await admin.listTopics()).filter((name) => name.startsWith(this.#config.kafka?.prefix ?? '?'));
    await admin.deleteTopics({ topics });
    await admin.disconnect();
  }
}

/** Records of others that once stopped a gateway, or an answer that it promises: made from real ones. */
function known(real: ReadonlyMap<string, readonly StoredRecord[]>): readonly BadRecord[] {
  const from = (topic: string, member: string, change: (value: Record<string, unknown>) => object, isSigned = false): BadRecord => {
    const found = real.get(topic)?.find(({ value }) => Buffer.from(value).includes(member));
    const value = JSON.parse(Buffer.from(found?.value ?? []).toString()) as Record<string, unknown>;
    const made = { key: found?.key ?? '', ...change(value) } as { key: string; value?: object };
    const { key, ...body } = made;
    return { topic, partition: 0, key, headers: isSigned ? (found?.headers ?? {}) : {}, value: Buffer.from(JSON.stringify(body.value)) };
  };
  const put = (record: BadRecord, text: string): BadRecord => ({
    ...record,
    value: Buffer.from(
      Buffer.from(record.value)
        .toString()
        .replace('"HERE"', () => text),
    ),
  });
  const other = (letter: string) => letter.repeat(43);
  const receipt = (id: string, more: object) => from(RECEIPTS, '"quarantined"', (value) => ({ key: id, value: { ...value, id, ...more } }));
  const quarantined = '"quarantined"';
  const hour = (more: object) => from(LEDGER, '"run"', (value) => ({ key: 'other', value: { ...value, run: 'other', ...more } }));
  const protection = (more: object) =>
    from(PROTECTIONS, '"protection"', ({ protection: one }) => ({ value: { protection: { ...(one as object), ...more } } }));
  return [
    put(receipt(other('A'), { later: 'HERE' }), `${'['.repeat(30_000)}${']'.repeat(30_000)}`),
    receipt(other('B'), { reasons: [{ code: 'x', reason: 'x', at: {}, line: 'x' }] }),
    receipt(other('C'), { label: {} }),
    from(RECEIPTS, quarantined, (value) => ({ value: { ...value, label: { policy: POLICY, classification: 'NONE' }, origin: {} } })),
    hour({ received: Number.MAX_SAFE_INTEGER }),
    hour({ run: 'other', refused: Number.MAX_SAFE_INTEGER, hour: '9999-01-01T00:00:00.000Z' }),
    hour({ hour: '9999-99-99T99:00:00.000Z' }),
    protection({ id: 'no id of a protection' }),
    protection({ id: 'D'.repeat(22), reason: 'a reason of a later version' }),
    protection({ id: 'E'.repeat(22), event: 'no id of an event' }),
    protection({ id: 'F'.repeat(22), label: { policy: {}, classification: 1, restrictions: 'x' } }),
    protection({ id: 'G'.repeat(22), restrictions: ['a restriction of a later version', '__proto__'] }),
  ];
}

const BUSES = (['embedded', 'Kafka'] as const).filter((bus) => (bus === 'Kafka' ? brokers !== '' : !ON_KAFKA));

describe.each(BUSES)('T67 records of others on the %s bus', (name) => {
  it('that once stopped something stop nothing', { timeout: LONGEST }, async () => {
    const receiver = await openReceiver();
    const scene = new Scene(name, receiver);
    await scene.start();
    try {
      await scene.begin();
      const real = await scene.real();
      for (const one of known(real)) await scene.put([one], real).then(() => scene.mustWork());
    } finally {
      await scene.close();
      await receiver.close();
    }
  });

  it(`${RECORDS} of them stop nothing: all that is well-formed goes on, also after a new start`, { timeout: LONGEST }, async () => {
    const receiver = await openReceiver();
    const scene = new Scene(name, receiver);
    await scene.start();
    try {
      await scene.begin();
      const began = memory();
      await scene.stop();
      await scene.start();
      await scene.mustWork();
      const perStart = Math.max(0, memory() - began) * SPARE_STARTS;
      const most = () => began + SPARE_BYTES + (scene.starts - 1) * perStart;
      for (let put = 0, batch = 0; put < RECORDS; put += IN_A_BATCH, batch++) {
        const real = await scene.real();
        const topics = [...new Set([...STREAMS, ...real.keys()])].filter((topic) => name === 'embedded' || real.has(topic));
        const records = topics.flatMap((topic, at) =>
          fc.sample(badRecords(topic, real), { numRuns: Math.ceil(IN_A_BATCH / topics.length), seed: SEED * 1_000_000 + batch * 100 + at }),
        );
        await scene.put(records, real);
        await scene.mustWork();
        if (name === 'Kafka' && batch % 4 === 3) {
          await scene.stop();
          await scene.start();
          await scene.mustWork();
        }
        expect(memory()).toBeLessThan(most());
      }
      await scene.mustHaveAll();
    } finally {
      await scene.close();
      await receiver.close();
    }
  });
});
