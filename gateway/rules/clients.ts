/**
 * Clients and their rights, from configuration. A token only names the client, so a change of configuration takes effect at once (T13,
 * T14).
 */

import type { Clearance, CompiledClearance, CompiledLabel, Label } from '../labels/label.ts';
import { compileClearance, compileLabel, type Policy } from '../labels/policy.ts';
import { invalidities } from '../labels/validity.ts';
import { GATEWAY } from '../pipeline/notice.ts';
import type { Source } from '../pipeline/submission.ts';

/** Everything that a client can be allowed. */
export const SCOPES = [
  'messages:write',
  'events:write',
  'events:read',
  'receipts:read',
  'evidence:read',
  'pseudonyms:read',
  'disclosures:read',
  'quarantine:read',
  'quarantine:write',
  'quarantine:approve',
  'protections:read',
  'protections:impose',
  'protections:lift',
  'protections:approve',
  'approvals:read',
  'deliveries:read',
  'deliveries:write',
  'subscriptions:read',
  'subscriptions:write',
  'metrics:read',
  'audit:read',
  'configuration:read',
  'gateway:read',
  'shadow:run',
] as const;
export type Scope = (typeof SCOPES)[number];

export { GATEWAY };

/** A client as configuration states it. */
export interface ClientConfig {
  readonly id: string;
  readonly title: string;
  /** A short name for a client that people use to try the gateway. */
  readonly persona?: string;
  readonly scopes: readonly Scope[];
  readonly clearance: Clearance;
  /** The standards that the client sends, if any. None of its labels can be below the floor. */
  readonly submits?: { readonly standards: readonly string[]; readonly floor: Label };
  /** Sees the quarantine of every source, within its clearance. */
  readonly operator?: boolean;
  /** The number of events that the client may read in a number of hours without a review: many records can be harmful together (T15). */
  readonly volume?: { readonly events: number; readonly hours: number };
  /** The client reads only for one of these tasks, and must name it. Without this list it may name any task, or none. */
  readonly tasks?: readonly string[];
  /** Every request must say for which person the client acts. */
  readonly requireOnBehalfOf?: boolean;
  /** A person, who signs in to the console: the id is the `sub` of the person's tokens. */
  readonly person?: boolean;
}

export interface Client {
  readonly id: string;
  readonly title: string;
  readonly scopes: ReadonlySet<Scope>;
  readonly clearance: CompiledClearance;
  readonly source: Source | undefined;
  readonly operator: boolean;
  readonly volume: ClientConfig['volume'];
  readonly tasks: ReadonlySet<string> | undefined;
  readonly requireOnBehalfOf: boolean;
  readonly person: boolean;
  /** In a request that is made for a person: the pseudonym of that person. It decides nothing. */
  readonly onBehalfOf?: string;
}

/** Who did it, as an audit entry says it: the client, and the person that it acts for. */
export const actorOf = ({ id, onBehalfOf }: Pick<Client, 'id' | 'onBehalfOf'>): { readonly who: string; readonly onBehalfOf?: string } => ({
  who: id,
  ...(onBehalfOf === undefined ? {} : { onBehalfOf }),
});

/** Whether a client may read for a task, or without one. */
export const mayRead = ({ tasks }: Client, task: string | undefined): boolean =>
  tasks === undefined || (task !== undefined && tasks.has(task));

/** Compiles the clients against the policy in force. Throws an Error that names the client: a wrong limit must stop the start (T37). */
export function compileClients(policy: Policy, configs: readonly ClientConfig[]): ReadonlyMap<string, Client> {
  const clients = new Map<string, Client>();
  for (const config of configs) {
    const { id, title, scopes, clearance, submits, volume, tasks } = config;
    const { operator = false, requireOnBehalfOf = false, person = false } = config;
    if (clients.has(id)) throw new Error(`The configuration has client ${id} twice`);
    if (id === GATEWAY) throw new Error(`Client ${id}: the id is the gateway's own`);
    const compiled = compileClearance(policy, clearance);
    if (!compiled.ok) throw new Error(`Client ${id}: clearance${compiled.refusals[0].at}: ${compiled.refusals[0].reason}`);
    const publishes = policy.publishers.some((bits, place) => (bits & (compiled.value.bits[place] ?? 0)) !== 0);
    if (publishes && (clearance.restrictions ?? []).length > 0)
      throw new Error(
        `Client ${id}: clearance/restrictions: a client that publishes cannot be bound by reporting restrictions, only barred`,
      );
    const source =
      submits === undefined ? undefined : { id, floor: floorOf(policy, id, submits.floor), submits: new Set(submits.standards) };
    clients.set(id, {
      id,
      title,
      scopes: new Set(scopes),
      clearance: compiled.value,
      source,
      operator,
      volume,
      requireOnBehalfOf,
      person,
      tasks: tasks && new Set(tasks),
    });
  }
  return clients;
}

function floorOf(policy: Policy, id: string, floor: Label): CompiledLabel {
  const compiled = compileLabel(policy, floor);
  if (!compiled.ok) throw new Error(`Client ${id}: floor${compiled.refusals[0].at}: ${compiled.refusals[0].reason}`);
  const [invalid] = invalidities(policy, compiled.value);
  if (invalid !== undefined) throw new Error(`Client ${id}: floor${invalid.at}: ${invalid.reason}`);
  return compiled.value;
}
