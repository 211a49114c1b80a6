/** One fault after the other, at random, as a seed says. At most one broker is away at a time: two of three must hold what is acknowledged. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { KafkaClient } from '../../gateway/bus/kafka-client.ts';
import type { Broker, Cluster } from '../support/broker.ts';
import type { Network } from '../support/proxy.ts';
import type { FaultyGateway } from './gateway.ts';

const run = promisify(execFile);
const rest = (seconds: number) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));

export class Chaos {
  readonly #cluster: Cluster;
  readonly #networks: readonly Network[];
  readonly #gateways: readonly FaultyGateway[];
  readonly counts: Record<string, number> = {};
  #state: number;

  constructor(cluster: Cluster, networks: readonly Network[], gateways: readonly FaultyGateway[], seed: number) {
    this.#cluster = cluster;
    this.#networks = networks;
    this.#gateways = gateways;
    this.#state = seed;
  }

  get count(): number {
    return Object.values(this.counts).reduce((sum, one) => sum + one, 0);
  }

  /** mulberry32: the same faults for the same seed. */
  #random(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }

  #one<T>(list: readonly T[]): T {
    return list[Math.floor(this.#random() * list.length)] as T;
  }

  /** Until it is told that it is enough: each kind of fault in turn, in an order of its own. */
  async rage(isEnough: () => boolean): Promise<void> {
    const faults: Readonly<Record<string, () => Promise<void>>> = {
      'broker killed': () => this.#killed(this.#one(this.#cluster.brokers)),
      'leader killed': async () => this.#killed(await this.#leader()),
      'broker paused': () => this.#paused(this.#one(this.#cluster.brokers)),
      'broker restarted': () => this.#restarted(this.#one(this.#cluster.brokers)),
      'network cut': () => this.#cut(this.#one(this.#networks)),
      'gateway killed': () => this.#gatewayKilled(this.#one(this.#gateways)),
      'disk full': () => this.#diskFull(this.#one(this.#cluster.brokers)),
    };
    for (let left: string[] = []; !isEnough(); ) {
      if (left.length === 0) left = Object.keys(faults);
      const kind = this.#one(left);
      left = left.filter((one) => one !== kind);
      await rest(1 + this.#random() * 3);
      if (isEnough()) break;
      this.counts[kind] = (this.counts[kind] ?? 0) + 1;
      await faults[kind]?.();
      await this.#whole();
    }
  }

  /** Resolves when all replicas are in sync again: the next fault may take another broker. */
  async #whole(): Promise<void> {
    const admin = new KafkaClient({ brokers: this.#cluster.addresses, clientId: 'chaos' }).admin();
    await admin.connect();
    for (;;) {
      const { topics } = await admin.fetchTopicMetadata().catch(() => ({ topics: [] }));
      const isWhole =
        topics.length > 0 && topics.every(({ partitions }) => partitions.every(({ isr, replicas }) => isr.length === replicas.length));
      if (isWhole) break;
      await rest(0.3);
    }
    await admin.disconnect();
  }

  async #leader(): Promise<Broker> {
    const admin = new KafkaClient({ brokers: this.#cluster.addresses, clientId: 'chaos' }).admin();
    await admin.connect();
    const { topics } = await admin.fetchTopicMetadata({ topics: ['interchange.receipts'] });
    await admin.disconnect();
    const leader = topics[0]?.partitions[0]?.leader;
    return this.#cluster.brokers.find(({ id }) => id === leader) ?? this.#one(this.#cluster.brokers);
  }

  async #killed(broker: Broker): Promise<void> {
    await broker.kill();
    await rest(this.#random() * 4);
    await broker.start();
  }

  async #paused(broker: Broker): Promise<void> {
    broker.signal('SIGSTOP');
    await rest(1 + this.#random() * 8);
    broker.signal('SIGCONT');
  }

  async #restarted(broker: Broker): Promise<void> {
    await broker.stop();
    await broker.start();
  }

  async #cut(network: Network): Promise<void> {
    network.cut();
    await rest(1 + this.#random() * 5);
    network.heal();
  }

  async #gatewayKilled(gateway: FaultyGateway): Promise<void> {
    await gateway.stop('SIGKILL');
    await gateway.start();
  }

  /** No file of the broker may grow: what a full disk does. It ends itself, and comes back with room. */
  async #diskFull(broker: Broker): Promise<void> {
    await run('prlimit', [`--pid=${broker.pid}`, '--fsize=1']);
    await Promise.race([broker.gone(), rest(10)]);
    await broker.kill();
    await broker.start();
  }
}
