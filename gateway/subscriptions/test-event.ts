/**
 * Sends a test event to a subscription's address. Its only content is that it is a test. It is neither on the bus nor in the delivery log.
 */
import { randomBytes } from 'node:crypto';
import type { SealedEvent, UnlabelledEvent } from '../labels/event.ts';
import { type Labelling, labelEvent } from '../labels/label-event.ts';
import { type IngestContext, place } from '../pipeline/ingest.ts';
import type { Submission } from '../pipeline/submission.ts';
import { GATEWAY } from '../rules/clients.ts';
import type { Standards } from '../rules/standards.ts';
import type { DeliveryRecord } from '../wire/streams.ts';
import { type DestinationContext, destinationOf } from './destination.ts';
import { ADDRESS_REFUSED, EVENT_MEDIA_TYPE, faultOfDelivery } from './post.ts';

/** The standard of test events only, so that receivers can recognise them by their type. */
const STANDARD = 'subscription.tested';

export interface TestContext extends DestinationContext {
  readonly now: () => number;
  readonly labelling: () => Labelling;
  readonly standards: Standards;
  readonly stamp: () => Submission['stamp'];
  /** What sealing needs. */
  readonly sealing: () => Pick<IngestContext, 'sealKey' | 'identities'>;
}

/** The result of a test, in the form of a delivery attempt. */
export type TestResult = Pick<DeliveryRecord, 'event' | 'time' | 'attempt' | 'outcome' | 'reason' | 'status' | 'milliseconds'>;

/** Makes a test event with the lowest label of the policy. It is sealed like every event, and differs only in its type. */
function testEvent({ labelling, standards, stamp, sealing }: TestContext, subscription: string): SealedEvent {
  const standard = standards.byName.get(STANDARD);
  if (standard === undefined) throw new Error(`The standard ${STANDARD} is missing`);
  const stamped = stamp();
  const event: UnlabelledEvent = {
    specversion: '1.0',
    id: randomBytes(32).toString('base64url'),
    source: GATEWAY,
    type: standard.type,
    partitionkey: subscription,
    datacontenttype: 'application/json',
    dataschema: standard.schemaId,
    time: stamped.recordedtime,
    ...stamped,
    data: { subscription },
  };
  const labelled = labelEvent(labelling(), event, labelling().policy.lowest);
  return place(sealing(), labelling(), labelled, standard).event;
}

/** Sends one test event to a subscription's address, signed with its secrets. The address is checked as for every delivery (T36). */
export async function sendTest(
  context: TestContext,
  { id, url, client }: { readonly id: string; readonly url: string; readonly client: string },
  secrets: readonly string[],
): Promise<TestResult> {
  const { now } = context;
  const destination = await destinationOf(url, client, context);
  const time = now();
  const event = testEvent(context, id);
  const sending = { id: event.id, body: JSON.stringify(event), mediaType: EVENT_MEDIA_TYPE, time, secrets };
  const posted = destination.ok ? await destination.send(sending) : ADDRESS_REFUSED;
  const answer = 'status' in posted ? { status: posted.status } : {};
  const attempt = { event: event.id, time: event.recordedtime, attempt: 1, ...answer, milliseconds: Math.max(0, now() - time) };
  const reason = faultOfDelivery(posted);
  return reason === undefined ? { ...attempt, outcome: 'delivered' } : { ...attempt, outcome: 'failed', reason };
}
