/** The rules in force: policy, labelling, clients and domain, compiled together, and replaced together or not at all (T38). */
import { readFileSync } from 'node:fs';
import type { Config } from '../config.ts';
import type { CompiledClearance } from '../labels/label.ts';
import { type Labelling, makeLabelling } from '../labels/label-event.ts';
import { compileClearance, compilePolicy } from '../labels/policy.ts';
import type { PolicyDocument } from '../labels/policy-document.ts';
import { makeProtect } from '../protections/protect.ts';
import { compileRules } from '../protections/rules.ts';
import { areaOf } from '../quality/assess.ts';
import { isListed } from '../quality/listed.ts';
import { STANDARDS_ADDRESS } from '../standards-address.ts';
import { type Client, compileClients } from './clients.ts';
import { faultsOf, type Standards } from './standards.ts';

export interface RulesInForce {
  readonly labelling: Labelling;
  readonly clients: ReadonlyMap<string, Client>;
  readonly domain: CompiledClearance;
}

/** Tests whether codes are in their lists. Courts have local codes, which the list prefixes with the two digits of their area. */
const listedIn =
  ({ codeLists }: Standards): Labelling['listedIn'] =>
  (data) => {
    const area = areaOf(data);
    return (code, value) => isListed(codeLists, code, value, area);
  };

const POLICY_SCHEMA = `${STANDARDS_ADDRESS}labels/policy/1.1.0`;

/** Reads a policy document. Throws an Error that states what is wrong with the file. */
export function readPolicy(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new Error(
      `The policy ${file} cannot be read: ${error instanceof SyntaxError ? 'it is not JSON' : (error as NodeJS.ErrnoException).code}`,
    );
  }
}

/** A policy document that is valid against its schema. Throws an Error that names the place. */
export function checkPolicy(standards: Standards, read: unknown): PolicyDocument {
  const validate = standards.ajv.getSchema(POLICY_SCHEMA);
  if (validate === undefined) throw new Error('The schema of policies is missing');
  if (!validate(read)) throw new Error(`The policy is not valid: ${faultsOf(validate.errors)}`);
  return read as PolicyDocument;
}

/** Compiles a policy and everything that depends on it. Throws an Error that states the reason and the place. */
export function compileRulesInForce(config: Pick<Config, 'clients' | 'domain'>, standards: Standards, read: unknown): RulesInForce {
  const policy = compilePolicy(checkPolicy(standards, read));
  const rules = compileRules(policy, (id) => standards.codeLists.get(id));
  const plans = new Map([...standards.byType].map(([type, { plan }]) => [type, plan]));
  for (const { id, submits } of config.clients)
    for (const name of submits?.standards ?? [])
      if (standards.byName.get(name)?.hasTopic !== true)
        throw new Error(`Client ${id} submits a standard that is not published for senders`);
  for (const { id, tasks } of config.clients)
    for (const task of tasks ?? []) if (!standards.profiles.has(task)) throw new Error(`Client ${id} reads for a task that has no profile`);
  const domain = compileClearance(policy, config.domain);
  if (!domain.ok) throw new Error(`The domain's clearance${domain.refusals[0].at}: ${domain.refusals[0].reason}`);
  return {
    labelling: makeLabelling(policy, makeProtect(policy, rules), plans, listedIn(standards)),
    clients: compileClients(policy, config.clients),
    domain: domain.value,
  };
}

/** Loads the rules that a configuration names. */
export const loadRulesInForce = (config: Pick<Config, 'policyFile' | 'clients' | 'domain'>, standards: Standards): RulesInForce =>
  compileRulesInForce(config, standards, readPolicy(config.policyFile));
