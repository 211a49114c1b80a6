/** Looks for everything that was accepted, on the bus and at a reader. */
import type { Bus } from '../../gateway/bus/bus.ts';
import { eventRecords } from '../support/gateway.ts';
import type { FaultyGateway } from './gateway.ts';
import type { Load } from './load.ts';

/** What two sendings of one message may differ in: when and where it was taken, and the seal over that. */
function contentOf(event: Record<string, unknown>): string {
  const { recordedtime: _time, sequence: _sequence, traceparent: _trace, seal: _seal, ...rest } = event;
  return JSON.stringify(rest);
}

async function deliveredBy({ url }: FaultyGateway, token: string): Promise<Map<string, number>> {
  const times = new Map<string, number>();
  for (let cursor = ''; ; ) {
    const response = await fetch(`${url}/v1/events?limit=1000${cursor === '' ? '' : `&cursor=${cursor}`}`, {
      headers: { Authorization: `Bearer ${token}` },
    });
    const page = (await response.json()) as { events: { id: string }[]; cursor: string; more: boolean };
    if (!response.ok) throw new Error(`The reader was answered ${response.status}`);
    for (const { id } of page.events) times.set(id, (times.get(id) ?? 0) + 1);
    if (!page.more) return times;
    cursor = page.cursor;
  }
}

export async function verify(bus: Bus, load: Load, gateways: readonly FaultyGateway[], token: string) {
  const first = new Map<string, { readonly place: string; readonly offset: number; readonly content: string }>();
  let records = 0;
  let contradictions = 0;
  for (const { topic, partition, offset, value, headers } of await eventRecords(bus)) {
    if (headers.ce_rendition !== undefined) continue;
    records++;
    const event = JSON.parse(Buffer.from(value).toString()) as Record<string, unknown> & { id: string };
    const content = contentOf(event);
    const known = first.get(event.id);
    if (known === undefined) first.set(event.id, { place: `${topic}/${partition}`, offset, content });
    else if (known.content !== content) contradictions++;
  }
  const accepted = [...load.accepted.values()].flat();
  let disorder = 0;
  for (const ids of load.cases.values())
    for (let n = 1; n < ids.length; n++) {
      const [before, after] = [first.get(ids[n - 1] as string), first.get(ids[n] as string)];
      if (before !== undefined && after !== undefined && (before.place !== after.place || before.offset >= after.offset)) disorder++;
    }
  const delivered = await Promise.all(gateways.map((gateway) => deliveredBy(gateway, token)));
  return {
    'events on the bus': records,
    'duplicates on the bus': records - first.size,
    lost: accepted.filter((id) => !first.has(id)).length,
    'out of order within a case': disorder,
    'ids with two contents': contradictions,
    'not delivered': delivered.reduce((sum, times) => sum + accepted.filter((id) => !times.has(id)).length, 0),
    'delivered more than once': delivered.reduce((sum, times) => sum + [...times.values()].filter((count) => count > 1).length, 0),
  };
}
