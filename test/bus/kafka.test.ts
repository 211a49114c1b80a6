/** The Kafka bus keeps the promises of every bus. */
import { describe, inject } from 'vitest';
import { openKafkaBus } from '../../gateway/bus/kafka/kafka-bus.ts';
import { PLATFORMATIC } from '../../gateway/bus/kafka/platformatic-producer.ts';
import { busConformance } from './conformance.ts';

const brokers = inject('kafkaBrokers');

describe.runIf(brokers !== '').each(['kafkajs', PLATFORMATIC] as const)('on a real broker, with %s', (client) => {
  const openOne = () =>
    openKafkaBus({ brokers: brokers.split(','), client, clientId: 'test', partitions: 4, replication: 1, makeTopics: true });
  busConformance(`Kafka with ${client}`, async () => {
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
