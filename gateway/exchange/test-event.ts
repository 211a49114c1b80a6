/** An event to try an address with: it says that it is a test, and nothing else. It is on no bus, has no seal, and is in no delivery log. */
import { randomBytes } from 'node:crypto';
import type { Label } from '../labels/label.ts';
import { type Labelling, spell } from '../labels/label-event.ts';
import { markingOf } from '../labels/policy.ts';
import type { DeliveryRecord } from '../store/streams.ts';
import { GATEWAY } from './client.ts';
import { ADDRESS_REFUSED, faultOfDelivery, headersFor, post } from './post.ts';
import { type Network, targetOf } from './target.ts';

/** No standard has this type: whoever takes events by their type passes it over. */
export const TEST_TYPE = 'uk.justice.subscription.tested.v1';

export interface TestContext {
  readonly networks: readonly Network[];
  readonly now: () => number;
  readonly timeoutSeconds: number;
  readonly labelling: () => Labelling;
}

/** What came of a test, as an attempt to deliver is told. */
export type Tested = Pick<DeliveryRecord, 'event' | 'time' | 'attempt' | 'outcome' | 'reason' | 'status' | 'milliseconds'>;

const testEvent = (id: string, time: string, label: Label) => ({
  specversion: '1.0',
  id,
  source: GATEWAY,
  type: TEST_TYPE,
  time,
  datacontenttype: 'application/json',
  recordedtime: time,
  classification: markingOf(label),
  data: { label },
});

/** Sends a test event to an address once, signed with the secrets of its subscription. The address is checked as for every delivery (T36). */
export async function sendTest(
  { networks, now, timeoutSeconds, labelling }: TestContext,
  url: string,
  secrets: readonly string[],
): Promise<Tested> {
  const target = await targetOf(url, networks);
  const began = now();
  const time = new Date(began).toISOString();
  const event = randomBytes(32).toString('base64url');
  const body = JSON.stringify(testEvent(event, time, spell(labelling(), labelling().policy.lowest)));
  const headers = await headersFor(secrets, event, began, body);
  const posted = target.ok ? await post(target, headers, body, timeoutSeconds * 1000) : ADDRESS_REFUSED;
  const answer = 'status' in posted ? { status: posted.status } : {};
  const attempt = { event, time, attempt: 1, ...answer, milliseconds: Math.max(0, now() - began) };
  const reason = faultOfDelivery(posted);
  return reason === undefined ? { ...attempt, outcome: 'delivered' } : { ...attempt, outcome: 'failed', reason };
}
