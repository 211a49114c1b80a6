/** The rules in force: policy, labelling, clients and domain, compiled together and exchanged together or not at all (T38). */
import { readFileSync } from 'node:fs';
import type { Config } from './config.ts';
import { type Client, compileClients } from './exchange/client.ts';
import type { CompiledClearance } from './labels/label.ts';
import { type Labelling, makeLabelling } from './labels/label-event.ts';
import { compileClearance, compilePolicy, type PolicyDocument } from './labels/policy.ts';
import { compileRules } from './labels/rules.ts';
import type { Standards } from './standards.ts';

export interface Law {
  readonly labelling: Labelling;
  readonly clients: ReadonlyMap<string, Client>;
  readonly domain: CompiledClearance;
}

const POLICY_SCHEMA = 'https://justice-interchange.example/standards/labels/policy/1.0.0';

/** Loads the policy and everything that is compiled against it. Throws an Error that says what is wrong and where; nothing is then in force. */
export function loadLaw(config: Pick<Config, 'policyFile' | 'clients' | 'domain'>, standards: Standards): Law {
  let document: PolicyDocument;
  try {
    document = JSON.parse(readFileSync(config.policyFile, 'utf8')) as PolicyDocument;
  } catch (error) {
    throw new Error(
      `The policy ${config.policyFile} cannot be read: ${error instanceof SyntaxError ? 'it is not JSON' : (error as NodeJS.ErrnoException).code}`,
    );
  }
  const validate = standards.ajv.getSchema(POLICY_SCHEMA);
  if (validate === undefined) throw new Error('The schema of policies is missing');
  if (!validate(document)) {
    const [first] = validate.errors ?? [];
    throw new Error(`The policy is not valid: ${first?.instancePath || '/'} ${first?.message ?? ''}`);
  }
  const policy = compilePolicy(document);
  const rules = compileRules(policy, (id) => standards.codeLists.get(id));
  const plans = new Map([...standards.byType].map(([type, { plan }]) => [type, plan]));
  const domain = compileClearance(policy, config.domain);
  if ('code' in domain) throw new Error(`The domain's clearance${domain.at}: ${domain.reason}`);
  return { labelling: makeLabelling(policy, rules, plans), clients: compileClients(policy, config.clients), domain };
}
