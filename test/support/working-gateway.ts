/** A gateway with traffic on every stream, on a bus that others write to as well. */
import { createHash } from 'node:crypto';
import { rmSync } from 'node:fs';
import { expect, inject, vi } from 'vitest';
import type { Bus, StoredRecord } from '../../gateway/bus/bus.ts';
import { openEmbeddedBus } from '../../gateway/bus/embedded/embedded-bus.ts';
import { openKafkaBus } from '../../gateway/bus/kafka/kafka-bus.ts';
import { KafkaClient } from '../../gateway/bus/kafka/kafka-client.ts';
import { kafkaOptions } from '../../gateway/buses.ts';
import type { Config } from '../../gateway/config.ts';
import type { BadRecord } from './bad-records.ts';
import { caseOf, configFor, ON_KAFKA, OPERATOR, openGateway, type TestGateway, temporary } from './gateway.ts';
import { openReceiver, type Receiver } from './receiver.ts';
import { POLICY } from './rules-in-force.ts';

const READER = 'example.barred';
const brokers = inject('kafkaBrokers') ?? '';
const JSON_TYPE = { 'Content-Type': 'application/json' };
const WITHIN = { timeout: 30_000, interval: 50 };
const NAME = /tremayne/i;
const SETUP = {
  clients: [
    OPERATOR,
    {
      id: READER,
      title: 'Reader (invented)',
      scopes: ['events:read'] as const,
      clearance: { policy: POLICY, classifications: ['OFFICIAL'], sensitive: true, releasableTo: ['POLICE', 'CPS', 'COURTS'] },
    },
  ],
  webhooks: { networks: ['127.0.0.0/8'], secondsBetween: [0, 0], timeoutSeconds: 5 },
};

const orderOf = (n: number) => ({
  case: `52WX2${String(n).padStart(6, '0')}`,
  person: { kind: 'defendant', familyName: 'Tremayne', givenNames: ['Jory'] },
  restrictions: ['YJCEA1999_s46'],
  law: 'Youth Justice and Criminal Evidence Act 1999, s.46',
  title: 'Order (invented)',
});

/** Real records of each topic. */
export type Real = ReadonlyMap<string, readonly StoredRecord[]>;

const fingerprint = ({ topic, key, value }: Pick<StoredRecord, 'topic' | 'key' | 'value'>) =>
  createHash('sha256').update(`${topic} ${key} `).update(value).digest('base64url');

/** The kinds of bus that a run of the tests has. */
export const BUSES = (['embedded', 'Kafka'] as const).filter((bus) => (bus === 'Kafka' ? brokers !== '' : !ON_KAFKA));
type BusName = (typeof BUSES)[number];

export class WorkingGateway {
  readonly #name: BusName;
  readonly #folder = temporary();
  readonly #config: Config;
  readonly #receiver: Receiver;
  readonly #put = new Set<string>();
  #running: TestGateway | undefined;
  /** How often the gateway was started. */
  starts = 0;
  #sent = 0;
  #quarantined = '';
  #before: { readonly n: number; readonly event: string } | undefined;
  /** The ids of the events of the cases that were sent, the oldest first. */
  readonly events: string[] = [];
  /** What would have ended the process of a gateway. */
  readonly #uncaught: unknown[] = [];
  readonly #onUncaught = (error: unknown) => void this.#uncaught.push(error);

  private constructor(name: BusName, receiver: Receiver) {
    this.#name = name;
    this.#receiver = receiver;
    process.on('uncaughtException', this.#onUncaught);
    this.#config = configFor({ ...this.#setup, dataFolder: this.#folder }, this.#folder);
  }

  /** Opens a gateway, with traffic on every stream. */
  static async open(name: BusName): Promise<WorkingGateway> {
    const opened = new WorkingGateway(name, await openReceiver());
    await opened.#start();
    await opened.#begin();
    return opened;
  }

  get folder(): string {
    return this.#folder;
  }

  get #setup() {
    const { clients, webhooks } = SETUP;
    const prefix = `b-${createHash('sha256').update(this.#folder).digest('hex').slice(0, 12)}.`;
    const kafka = { brokers: brokers.split(','), partitions: 2, replication: 1, makeTopics: true, prefix };
    return { clients, config: { webhooks, ...(this.#name === 'Kafka' ? { bus: 'kafka' as const, kafka } : {}) } };
  }

  async #start(): Promise<void> {
    this.#running = await openGateway({ ...this.#setup, dataFolder: this.#folder });
    this.starts++;
  }

  async stop(): Promise<void> {
    await this.#running?.close();
    this.#running = undefined;
  }

  /** Closes the gateway, and starts it again on the same bus and data folder. */
  async restart(): Promise<void> {
    await this.stop();
    await this.#start();
  }

  get running(): TestGateway {
    if (this.#running === undefined) throw new Error('The gateway is stopped');
    return this.#running;
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
  real(): Promise<Real> {
    return this.#onBus(async (bus) => {
      const found = new Map<string, readonly StoredRecord[]>();
      for (const topic of await bus.topics()) {
        const records: StoredRecord[] = [];
        for (const [partition, end] of Object.entries(await bus.ends(topic)))
          for (const from of new Set([0, Math.max(0, end - 30)])) records.push(...(await bus.read(topic, Number(partition), from, 30)));
        found.set(
          topic,
          records.filter((record) => !this.#put.has(fingerprint(record)) && record.value.length < 100_000),
        );
      }
      return found;
    });
  }

  /** Puts records onto the bus: directly on Kafka, or into the file of the embedded bus while the gateway is stopped. */
  async put(records: readonly BadRecord[], real: Real): Promise<void> {
    const copies = new Set([...real.values()].flat().map(fingerprint));
    for (const record of records) if (!copies.has(fingerprint(record))) this.#put.add(fingerprint(record));
    if (this.#name === 'Kafka') return this.#produce(records);
    await this.stop();
    const bus = openEmbeddedBus({ file: `${this.#folder}/bus.sqlite` });
    await bus.publish(records.map(({ partition: _, ...record }) => record));
    await bus.close();
    return this.#start();
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

  async #begin(): Promise<void> {
    const { running: gateway } = this;
    expect((await gateway.post('/v1/subscriptions', JSON.stringify({ url: this.#receiver.url }), 'cps', JSON_TYPE)).status).toBe(201);
    const refused = await gateway.post('/v1/messages', '<broken', 'force');
    this.#quarantined = (refused.body.receipt ?? refused.body.id) as string;
    const label = { policy: POLICY, classification: 'OFFICIAL', sensitive: true };
    const wanted = { label, sha256: createHash('sha256').update('x').digest('hex'), because: 'A person read it' };
    const requests = `/v1/quarantine/${this.#quarantined}/label-requests`;
    const asked = await gateway.post(requests, JSON.stringify(wanted), 'operator', JSON_TYPE);
    expect(asked.status).toBe(201);
    expect((await gateway.post(`${requests}/${asked.body.id as string}/approval`, '', 'approver')).status).toBe(200);
    await this.mustWork();
    await this.mustWork();
  }

  async #mustBeDelivered(what: string, isIt: (event: Receiver['got'][number]['event']) => boolean): Promise<void> {
    const isDelivered = () => this.#receiver.got.some(({ event }) => isIt(event));
    await vi.waitUntil(isDelivered, WITHIN).catch(() => expect.fail(`${what} is not delivered`));
  }

  /** Checks everything that the gateway promises, with a new case. */
  async mustWork(): Promise<void> {
    const { running: gateway } = this;
    const n = ++this.#sent;
    // What is protected from now on was published before: its readers get a correction.
    const before = this.#before;
    if (before !== undefined)
      expect((await gateway.post('/v1/protections', JSON.stringify(orderOf(before.n)), 'owner', JSON_TYPE)).status).toBe(201);
    const sent = await gateway.post('/v1/messages', caseOf(n), 'force');
    expect([n, sent.status, sent.body]).toMatchObject([n, 202, {}]);
    const event = sent.body.events[0].id as string;
    this.events.push(event);
    const receipt = await gateway.call(`/v1/messages/${sent.body.id as string}`, {}, 'force');
    expect([receipt.status, receipt.body]).toMatchObject([200, { status: 'accepted', events: [{ id: event }] }]);
    expect((await gateway.call(`/v1/events/${event}`, {}, 'cps')).status).toBe(200);
    expect((await gateway.events('cps')).filter(({ id }) => id === event)).toHaveLength(1);
    await this.#mustBeDelivered('an event', ({ id }) => id === event);
    if (before !== undefined) {
      await this.#mustBeDelivered('a correction', ({ data }) => (data as { corrects?: string }).corrects === before.event);
      for (const persona of [READER, 'cps']) {
        const { status, text } = await gateway.call(`/v1/events/${before.event}`, {}, persona);
        expect([persona, status, NAME.test(text)]).toEqual([persona, 200, persona === 'cps']);
      }
    }
    this.#before = { n, event };
    const held = await gateway.call(`/v1/quarantine/${this.#quarantined}`, {}, OPERATOR.id);
    expect([held.status, Buffer.from((held.body.content ?? '') as string, 'base64').toString()]).toEqual([200, '<broken']);
    const requests = await gateway.call(`/v1/quarantine/${this.#quarantined}/label-requests`, {}, 'operator');
    expect([requests.status, requests.body]).toMatchObject([200, { requests: [{ approval: {} }] }]);
    const { body: subscribed } = await gateway.call('/v1/subscriptions', {}, 'cps');
    expect(subscribed.subscriptions).toMatchObject([{ url: this.#receiver.url, status: 'active' }]);
    for (const [path, persona] of [
      ['/v1/quarantine?limit=1000', OPERATOR.id],
      ['/v1/ledger', OPERATOR.id],
      ['/v1/protections?limit=1000', 'owner'],
      [`/v1/subscriptions/${subscribed.subscriptions[0].id as string}/deliveries`, 'cps'],
      ['/metrics', 'monitoring'],
      ['/health', undefined],
    ] as const) {
      const { status, text } = await gateway.call(path, {}, persona);
      expect([path, status, status === 200 ? '' : text]).toEqual([path, 200, '']);
    }
    expect(this.#uncaught).toEqual([]);
  }

  /** Every event that was ever published is on the pages once, and complete. */
  async mustHaveAll(): Promise<void> {
    const pages = (await this.running.events('cps')).map(({ id }) => id);
    expect(this.events.filter((id) => pages.filter((page) => page === id).length !== 1)).toEqual([]);
  }

  async close(): Promise<void> {
    await this.stop();
    await this.#receiver.close();
    process.off('uncaughtException', this.#onUncaught);
    rmSync(this.#folder, { recursive: true, force: true });
    if (this.#name !== 'Kafka') return;
    const admin = new KafkaClient({ brokers: brokers.split(','), clientId: 'test' }).admin();
    await admin.connect();
    const topics = (await admin.listTopics()).filter((name) => name.startsWith(this.#config.kafka?.prefix ?? '?'));
    await admin.deleteTopics({ topics });
    await admin.disconnect();
  }
}
