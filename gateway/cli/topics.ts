/** `interchange topics apply`: brings topics, grants and limits on Kafka to what the policy and the standards give. */
import { join } from 'node:path';
import type { Difference } from '../bus/kafka/topic-differences.ts';
import { applyTopics } from '../bus/kafka/topics.ts';
import { kafkaOptions } from '../buses.ts';
import { HOME, readConfig } from '../config.ts';
import { loadRulesInForce } from '../rules/compiled-rules.ts';
import { loadStandards } from '../rules/standards.ts';
import { topicSpecification } from '../topics.ts';
import { UsageError, type Verb } from './verb.ts';
import { VERBS } from './verbs/verbs.ts';

const lineOf = ({ kind, resource, principal, detail }: Difference): string =>
  `${kind}: ${resource}${principal === undefined ? '' : ` for ${principal}`}: ${detail}`;

const shownOf = ({ kind, resource, principal, detail, leftAlone }: Difference): object => ({
  kind,
  resource,
  principal,
  detail,
  leftAlone,
});

export const verb: Verb = {
  ...VERBS.topics,
  run: async (values, [action, ...more], io) => {
    if (action !== 'apply' || more.length > 0) throw new UsageError('Usage: interchange topics apply');
    const config = readConfig(io.env);
    const standards = loadStandards(join(HOME, 'schemas'));
    const specification = topicSpecification(config, loadRulesInForce(config, standards), standards);
    const dryRun = values['dry-run'] === true;
    const { corrected, leftAlone, remaining, hasAccessControl } = await applyTopics(specification, kafkaOptions(config), dryRun);
    if (values.json === true) {
      const [changes, left, still] = [corrected, leftAlone, remaining].map((all) => all.map(shownOf));
      io.json({ dryRun, changes, leftAlone: left, remaining: still, hasAccessControl });
    } else {
      for (const difference of corrected) io.out(lineOf(difference));
      for (const difference of leftAlone) io.out(`Left alone: ${lineOf(difference)}. Reason: ${difference.leftAlone}`);
      for (const difference of remaining) io.err(`Still different: ${lineOf(difference)}`);
      if (!hasAccessControl) io.out('Note: The brokers keep no access control: everybody who reaches them reads every level.');
      io.out(`${specification.topics.length} topics. ${corrected.length} changes${dryRun ? ' would be made' : ''}.`);
    }
    return remaining.length > 0 || leftAlone.some(({ severity }) => severity === 'serious') ? 1 : 0;
  },
};
