/** The Kafka bus keeps the promises of every bus. */
import { describe, inject } from 'vitest';
import { openKafkaBus } from '../../gateway/bus/kafka/kafka-bus.ts';
import { busConformance } from './conformance.ts';

const brokers = inject('kafkaBrokers');

describe.runIf(brokers !== '')('on a real broker', () => {
  const openOne = () => openKafkaBus({ brokers: brokers.split(','), clientId: 'test', partitions: 4, replication: 1, makeTopics: true });
  busConformance('Kafka', async () => {
    let bus = await openOne();
    return {
      bus,
      reopen: async () => {
        await bus.close();
        bus = await openOne();
        return bus;
      },
      dispose: () => bus.close(),
    };
  });
});
