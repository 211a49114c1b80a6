/**
 * Faults of brokers and their network. At most one broker is unavailable at a time, because two of three must have every acknowledged
 * record.
 */
import { execFile } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { KafkaClient } from '../../gateway/bus/kafka/kafka-client.ts';
import type { Broker, Cluster } from '../support/broker.ts';
import type { Network } from '../support/proxy.ts';
import type { Chance, Fault } from './chaos.ts';

const run = promisify(execFile);

/** A delivery whose note cannot be written is made again: each of them can interrupt one. */
export function brokerFaults(cluster: Cluster, networks: readonly Network[], chance: Chance): readonly Fault[] {
  const fault = (kind: string, happens: () => Promise<void>): Fault => ({ kind, interrupts: true, happens });
  const killed = async (broker: Broker) => {
    await broker.kill();
    await delay(chance.below(4000));
    await broker.start();
  };
  return [
    fault('broker killed', () => killed(chance.oneOf(cluster.brokers))),
    fault('leader killed', async () => killed((await leader(cluster)) ?? chance.oneOf(cluster.brokers))),
    fault('broker paused', async () => {
      const broker = chance.oneOf(cluster.brokers);
      broker.signal('SIGSTOP');
      await delay(1000 + chance.below(8000));
      broker.signal('SIGCONT');
    }),
    fault('broker restarted', async () => {
      const broker = chance.oneOf(cluster.brokers);
      await broker.stop();
      await broker.start();
    }),
    fault('network cut', async () => {
      const network = chance.oneOf(networks);
      network.cut();
      await delay(1000 + chance.below(5000));
      network.heal();
    }),
    // No file of the broker may grow: what a full disk does. It ends itself, and comes back with room.
    fault('disk full', async () => {
      const broker = chance.oneOf(cluster.brokers);
      await run('prlimit', [`--pid=${broker.pid}`, '--fsize=1']);
      await Promise.race([broker.gone(), delay(10_000)]);
      await broker.kill();
      await broker.start();
    }),
  ];
}

async function leader(cluster: Cluster): Promise<Broker | undefined> {
  const admin = new KafkaClient({ brokers: cluster.addresses, clientId: 'chaos' }).admin();
  await admin.connect();
  const { topics } = await admin.fetchTopicMetadata({ topics: ['interchange.receipts'] });
  await admin.disconnect();
  return cluster.brokers.find(({ id }) => id === topics[0]?.partitions[0]?.leader);
}

/** Resolves when all replicas are in sync again: the next fault may take another broker. */
export async function allInSync(cluster: Cluster): Promise<void> {
  const admin = new KafkaClient({ brokers: cluster.addresses, clientId: 'chaos' }).admin();
  await admin.connect();
  for (;;) {
    const { topics } = await admin.fetchTopicMetadata().catch(() => ({ topics: [] }));
    const isWhole =
      topics.length > 0 && topics.every(({ partitions }) => partitions.every(({ isr, replicas }) => isr.length === replicas.length));
    if (isWhole) break;
    await delay(300);
  }
  await admin.disconnect();
}
