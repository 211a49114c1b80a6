/** One broker for all ordinary tests of a run. `KAFKA_BROKERS` names a running cluster instead. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { HOME } from '../../../gateway/config.ts';
import { kafkaJars, startCluster } from '../broker.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Addresses, by comma; empty where Kafka cannot be had. */
    kafkaBrokers: string;
  }
}

const REASON = join(HOME, '.cache/kafka-left-out.txt');

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const given = process.env.KAFKA_BROKERS;
  const jars = given === undefined ? await kafkaJars() : undefined;
  const missing = jars !== undefined && 'missing' in jars ? jars.missing : '';
  mkdirSync(dirname(REASON), { recursive: true });
  writeFileSync(REASON, missing);
  if (missing !== '' && process.env.CI === 'true') throw new Error(`Kafka could not be started: ${missing}`);
  const cluster = given === undefined && missing === '' ? await startCluster() : undefined;
  const brokers = given ?? cluster?.addresses.join() ?? '';
  process.env.KAFKA_BROKERS = brokers;
  project.provide('kafkaBrokers', brokers);
  return async () => {
    await cluster?.close();
  };
}
