/** Gives a record to a reader: what is small on this thread, and what is large or goes out in a legacy format in a worker, under its limits. */
import { refusal } from '../../adapters/refusal.ts';
import { failure, success } from '../../adapters/result.ts';
import type { Profile } from '../labels/profile.ts';
import { type DeliverContext, deliver } from '../pipeline/deliver.ts';
import { type Form, type Given, type GivenRecord, jsonOf } from '../pipeline/give.ts';
import type { Client } from '../rules/clients.ts';
import { type IngestPool, LIGHT_BYTES, MessageLimitExceeded } from '../workers/pool.ts';

/** Who reads, for which task, and in which form. */
export interface Wanted {
  readonly client: Pick<Client, 'id' | 'clearance'>;
  readonly profile?: Profile;
  readonly form: Form;
}

/** What a reader gets of a record, written out. */
export type GiveOut = (record: GivenRecord, wanted: Wanted) => Promise<Given>;

const TOO_MUCH = 'It took more time or memory than one message may to verify the record';

export const makeGiveOut =
  (context: DeliverContext, pool: Pick<IngestPool, 'give'>): GiveOut =>
  async (record, { client, profile, form }) => {
    if (typeof form === 'object' || record.value.length > LIGHT_BYTES) {
      const task = profile === undefined ? {} : { task: profile.document.id };
      const { topic, key, value, headers } = record;
      const giving = { record: { topic, key, value, headers }, clientId: client.id, clearance: client.clearance, form, now: context.now() };
      return pool.give({ ...giving, ...task }).catch((error: unknown): Given => {
        // It is put aside, as whatever cannot be verified: nobody who reads on may wait for it for ever.
        if (error instanceof MessageLimitExceeded) return failure(refusal('seal-broken', TOO_MUCH));
        throw error;
      });
    }
    const delivery = await deliver(context, record, client.clearance, profile);
    if (!delivery.ok || delivery.value.decision.verdict === 'deny') return delivery;
    return success({ ...delivery.value, json: jsonOf(delivery.value.decision.event, form) });
  };
