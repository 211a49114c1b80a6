/**
 * Prepares a record for a reader. Small records are prepared on this thread. Large records and legacy formats are prepared in a worker,
 * under its limits.
 */
import { refusal } from '../../adapters/refusal.ts';
import { failure, success } from '../../adapters/result.ts';
import type { Profile } from '../labels/profile.ts';
import { type DeliverContext, deliver } from '../pipeline/deliver.ts';
import { type DeliveryResult, type Form, jsonOf, type RecordToDeliver } from '../pipeline/write-delivery.ts';
import type { Client } from '../rules/clients.ts';
import { type IngestPool, LIGHT_BYTES, MessageLimitExceeded } from '../workers/pool.ts';

/** The reader of a record, its task and the form that it asked for. */
export interface DeliveryRequest {
  readonly client: Pick<Client, 'id' | 'clearance'>;
  readonly profile?: Profile;
  readonly form: Form;
}

/** Decides on a record for a reader, and writes it in the form that the reader asked for. */
export type DeliverToReader = (record: RecordToDeliver, request: DeliveryRequest) => Promise<DeliveryResult>;

const LIMIT_EXCEEDED = 'Verifying the record took more time or memory than the limit for one message';

export const makeDeliverToReader =
  (context: DeliverContext, pool: Pick<IngestPool, 'deliver'>): DeliverToReader =>
  async (record, { client, profile, form }) => {
    if (typeof form === 'object' || record.value.length > LIGHT_BYTES) {
      const task = profile === undefined ? {} : { task: profile.document.id };
      const { topic, key, value, headers } = record;
      const giving = { record: { topic, key, value, headers }, clientId: client.id, clearance: client.clearance, form, now: context.now() };
      return pool.deliver({ ...giving, ...task }).catch((error: unknown): DeliveryResult => {
        // Put it aside as a record that cannot be verified: it must not block readers permanently.
        if (error instanceof MessageLimitExceeded) return failure(refusal('seal-broken', LIMIT_EXCEEDED));
        throw error;
      });
    }
    const delivery = await deliver(context, record, client.clearance, profile);
    if (!delivery.ok || delivery.value.decision.verdict === 'deny') return delivery;
    return success({ ...delivery.value, json: jsonOf(delivery.value.decision.event, form) });
  };
