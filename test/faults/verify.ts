/** Checks that every accepted message is on the bus and at a reader of each gateway. */
import { createHash } from 'node:crypto';
import type { Bus } from '../../gateway/bus/bus.ts';
import { eachEventRecord } from '../support/gateway.ts';
import type { Caller } from './caller.ts';
import type { FaultyGateway } from './gateway.ts';
import { type CaseEvents, outOfOrder } from './messages.ts';

/**
 * How two sendings of one message may differ: when and where it was accepted, the seal over that, and which version of the policy was in
 * force there (each version says the same).
 */
function contentOf(event: Record<string, unknown>): string {
  const { recordedtime, time, sequence: _sequence, traceparent: _trace, seal: _seal, ...rest } = event;
  const text = JSON.stringify(time === recordedtime ? rest : { ...rest, time }, (key, value: unknown) =>
    key === 'policy' ? (value as { id?: string }).id : value,
  );
  return createHash('sha256').update(text).digest('base64');
}

async function givenBy(gateway: FaultyGateway, caller: Caller): Promise<Map<string, number>> {
  const times = new Map<string, number>();
  for (let cursor = ''; ; ) {
    const path = `/v1/events?limit=1000${cursor === '' ? '' : `&cursor=${cursor}`}`;
    const page = await caller.askUntil<{ events: readonly { id: string }[]; cursor: string; more: boolean }>(gateway, path);
    for (const { id } of page.events) times.set(id, (times.get(id) ?? 0) + 1);
    if (!page.more) return times;
    cursor = page.cursor;
  }
}

interface Found {
  readonly place: string;
  readonly offset: number;
  readonly content: string;
}

export async function verify(bus: Bus, cases: readonly CaseEvents[], gateways: readonly FaultyGateway[], caller: Caller) {
  const first = new Map<string, Found>();
  let records = 0;
  let contradictions = 0;
  for await (const { topic, partition, offset, value } of eachEventRecord(bus)) {
    records++;
    const event = JSON.parse(Buffer.from(value).toString()) as Record<string, unknown> & { id: string };
    const content = contentOf(event);
    const known = first.get(event.id);
    if (known === undefined) first.set(event.id, { place: `${topic}/${partition}`, offset, content });
    else if (known.content !== content) contradictions++;
  }
  const accepted = cases.flat();
  const disorder = outOfOrder(cases, (earlier, later) => {
    const [before, after] = [first.get(earlier), first.get(later)];
    // What is not there is counted as lost.
    return before === undefined || after === undefined || (before.place === after.place && before.offset < after.offset);
  });
  let missing = 0;
  let repeated = 0;
  for (const gateway of gateways) {
    const given = await givenBy(gateway, caller);
    missing += accepted.filter((id) => !given.has(id)).length;
    repeated += [...given.values()].filter((count) => count > 1).length;
  }
  return {
    'events on the bus': records,
    'duplicates on the bus': records - first.size,
    lost: accepted.filter((id) => !first.has(id)).length,
    'out of order within a case': disorder,
    'ids with two contents': contradictions,
    'not delivered': missing,
    'delivered more than once': repeated,
  };
}
