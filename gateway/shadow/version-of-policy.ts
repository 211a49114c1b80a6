/** Labels, clearances and configurations under another version of the policy that they name. */
import type { Config } from '../config.ts';
import type { Answers } from '../pipeline/submission.ts';
import type { Task } from '../workers/task.ts';

/** A policy by name. */
interface PolicyName {
  readonly id: string;
  readonly version: string;
}

interface NamesPolicy {
  readonly policy: PolicyName;
}

const nameOf = ({ id, version }: PolicyName): PolicyName => ({ id, version });

/** The same label or clearance under another version of its policy; as it is where it names another policy. */
const underVersion = <T extends NamesPolicy>(named: T, policy: PolicyName): T =>
  named.policy.id === policy.id ? { ...named, policy: nameOf(policy) } : named;

const namesPolicy = (value: unknown): value is NamesPolicy =>
  typeof (value as Partial<NamesPolicy> | null | undefined)?.policy?.id === 'string';

/** A configuration whose clearances and floors name another policy, as they must where that policy is put in force. */
export function configUnder(config: Config, policy: PolicyName): Config {
  const named = <T extends NamesPolicy>(value: T): T => ({ ...value, policy: nameOf(policy) });
  const clients = config.clients.map((client) => ({
    ...client,
    clearance: named(client.clearance),
    ...(client.submits === undefined ? {} : { submits: { ...client.submits, floor: named(client.submits.floor) } }),
  }));
  return { ...config, domain: named(config.domain), clients };
}

/** A message whose labels name the version of a side: a sender that asserts labels takes up the new version with the gateway. */
export const taskUnder = ({ assertion, original, ...task }: Task, policy: PolicyName): Task => ({
  ...task,
  ...(assertion === undefined ? {} : { assertion: namesPolicy(assertion) ? underVersion(assertion, policy) : assertion }),
  ...(original === undefined ? {} : { original: underVersion(original, policy) }),
});

export const answersUnder = ({ cases, events }: Answers, policy: PolicyName): Answers => ({
  cases: Object.fromEntries(
    Object.entries(cases).map(([subject, entries]) => [
      subject,
      entries.map(({ protection, ...entry }) => {
        const { label, ...rest } = protection;
        return { ...entry, protection: { ...rest, ...(label === undefined ? {} : { label: underVersion(label, policy) }) } };
      }),
    ]),
  ),
  events: Object.fromEntries(
    Object.entries(events).map(([id, { base, eventLabel, sealed, ...event }]) => {
      const [ofBase, ofEvent, ofSealed] = [base, eventLabel, sealed].map((label) => underVersion(label, policy)) as [
        typeof base,
        typeof base,
        typeof base,
      ];
      return [id, { ...event, base: ofBase, eventLabel: ofEvent, sealed: ofSealed }];
    }),
  ),
});
