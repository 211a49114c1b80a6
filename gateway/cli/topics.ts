/** `interchange topics apply`: makes the topics that the policy and the standards need, and grants each client its levels. */
import { join } from 'node:path';
import { applyTopics } from '../bus/kafka-topics.ts';
import { kafkaOptions } from '../buses.ts';
import { HOME, readConfig } from '../config.ts';
import { loadLaw } from '../law.ts';
import { topicPlan } from '../pipeline/topics.ts';
import { loadStandards } from '../standards.ts';
import { textOf, UsageError, type Verb } from './verb.ts';

const DAY = 86_400_000;
const DAYS = '365';

export const verb: Verb = {
  name: 'topics',
  summary: 'apply: makes the topics on Kafka that the policy and the standards need, and says there who may read which level',
  usage: 'apply [--dry-run] [--days N]',
  example: 'interchange topics apply --dry-run',
  options: { 'dry-run': { type: 'boolean' }, days: { type: 'string' } },
  run: async (values, [action, ...more], io) => {
    if (action !== 'apply' || more.length > 0) throw new UsageError('Say: topics apply');
    const days = Number(textOf(values, 'days') ?? DAYS);
    if (!Number.isInteger(days) || days < 1) throw new UsageError('--days takes a whole number: how long events are kept');
    const config = readConfig(io.env);
    const standards = loadStandards(join(HOME, 'schemas'));
    const { labelling, clients } = loadLaw(config, standards);
    const readers = [...clients.values()].map(({ id, clearance, scopes }) => ({ id, clearance, reads: scopes.has('events:read') }));
    const plan = topicPlan(labelling.policy, standards.byName.values(), readers);
    const dryRun = values['dry-run'] === true;
    const changes = await applyTopics(plan, { ...kafkaOptions(config), retention: days * DAY, dryRun });
    if (values.json === true) io.json({ dryRun, changes });
    else {
      for (const { kind, topic, principal } of changes) io.out(`${kind}: ${topic}${principal === undefined ? '' : ` to ${principal}`}`);
      io.out(`${plan.length} topics. ${changes.length} changes${dryRun ? ' would be made' : ''}.`);
    }
    return 0;
  },
};
